"""Sites of two communes, as those of `tests/sites` meet them."""

from tests.sites.conftest import _nothing_around_a_served_test, ablain, one_site, prisches, visit

__all__ = ["_nothing_around_a_served_test", "ablain", "one_site", "prisches", "visit"]
