"""What every screen is made of: base page, components, icons, stylesheet, gallery. Not the screens themselves."""
