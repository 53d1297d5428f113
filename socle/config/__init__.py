"""How the parts are assembled: settings, addresses, tables, command line. No business rule lives here."""
