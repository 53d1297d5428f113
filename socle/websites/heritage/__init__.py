"""The history and the heritage of a commune, as its pages and machines say them."""
