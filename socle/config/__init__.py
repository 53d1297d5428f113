"""How the parts are assembled: settings, urls, reactions, command line. No business rule lives here."""
