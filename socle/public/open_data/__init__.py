"""Open data of the programme: the datasets, and the catalogue that describes them."""
