"""Sites of two communes, as those of `tests/sites` meet them."""

from tests.sites.conftest import ablain, one_site, prisches, visit

__all__ = ["ablain", "one_site", "prisches", "visit"]
