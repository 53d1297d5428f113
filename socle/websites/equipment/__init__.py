"""The places that a commune opens to the public, and the rooms it lends or lets, on its site and as open data."""
