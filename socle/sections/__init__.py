"""The sections that a mairie opens on its site, one folder each; each is an application, and declares itself once."""
