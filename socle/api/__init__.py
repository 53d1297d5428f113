"""The machines' door: what a program reads and asks, by the same rules as the screens."""
