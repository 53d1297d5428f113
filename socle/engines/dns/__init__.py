"""The engine that asks the DNS about the communes' own names, and our front for their certificates. Decides nothing."""
