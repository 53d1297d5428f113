"""Configuration that Roundcube reads, before it is filled; and the part that we add to it."""
