"""What the programme publishes of itself as open data: the datasets, and the catalogue that describes them."""
