"""Building blocks of every screen: base page, components, icons, stylesheet, gallery. Not the screens themselves."""
