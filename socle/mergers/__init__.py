"""Changes of the map and the communes equipped: a vintage imported, mergers and splits carried. Not the map."""
