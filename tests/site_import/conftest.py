"""Sites of two communes, as those of `tests/sites` meet them."""

from tests.sites.conftest import ablain, one_neighbour, one_site, prisches, visit

__all__ = ["ablain", "one_neighbour", "one_site", "prisches", "visit"]
