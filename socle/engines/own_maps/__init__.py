"""The engine that draws the ground of a map from what the platform ships: outlines, mairies, names. Asks nobody."""
