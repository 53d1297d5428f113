"""Pages shown to somebody of the mairie before they appear: asked, approved, sent back, never stuck."""
