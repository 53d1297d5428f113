"""Tools that have never heard of a commune: dates, SIRET, money, text, refusals. Not a place for what has no home."""
