"""What the map's changes do to the communes equipped: a vintage imported, mergers and splits carried. Not the map."""
