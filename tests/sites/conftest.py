"""Sites of two communes, as visitors and secretaries meet them."""

from __future__ import annotations

from datetime import time
from functools import partial

import pytest

from socle.people.models import Beneficiary, Role
from socle.sites.actions import create_site
from socle.sites.models import WebSite
from socle.territory.models import Commune, OpeningHours, Outline, TownHall
from tests import factories as f
from tests.worlds import Once, once


def town_hall(of: Commune, **fields) -> TownHall:
    """The public facts of a mairie, with a week and an outline around its point."""
    made = TownHall.objects.create(
        commune=of,
        **{
            "address": "13 rue de la Mairie",
            "postal_code": "59550",
            "city": of.name,
            "phone": "03 27 77 59 00",
            "email": f"mairie@{of.insee_code}.exemple.invalid",
            "latitude": 50.08,
            "longitude": 3.77,
            **fields,
        },
    )
    OpeningHours.objects.create(town_hall=made, first_day=1, last_day=5, opens=time(9), closes=time(12))
    OpeningHours.objects.create(town_hall=made, first_day=2, last_day=2, opens=time(13, 30), closes=time(17))
    square = [[3.7, 50.0], [3.8, 50.0], [3.8, 50.1], [3.7, 50.1], [3.7, 50.0]]
    Outline.objects.create(commune=of, rings=[square])
    return made


def equipped(insee_code: str, name: str) -> WebSite:
    """A commune with its facts and its website."""
    place = f.commune(insee_code, name)
    town_hall(place)
    return create_site(f.beneficiary(place), by=f.user(), at=f.NOW)


def secretary(*of: Beneficiary, email: str = "secretaire@exemple.invalid"):
    """A secretary of one or several communes."""
    for beneficiary in of:
        person = f.member(Role.SECRETARY, beneficiary, email=email)
    return person


one_site = once(partial(equipped, "59474", "Prisches"))


@pytest.fixture(scope="package")
def one_neighbour(one_site, django_db_blocker):
    """Beside the first, which its tests find there whether they ask for it or not."""
    made = Once(django_db_blocker, partial(equipped, "62001", "Ablain-Saint-Nazaire"))
    made.make()
    yield made
    made.let_go()


@pytest.fixture
def prisches(one_site, db) -> WebSite:
    return one_site.get()


@pytest.fixture
def ablain(one_neighbour, db) -> WebSite:
    return one_neighbour.get()


@pytest.fixture
def visit(client):
    """`visit(website, "/actes/")`: ask a commune's own host."""

    def get(website: WebSite, path: str = "/", **extra):
        return client.get(path, headers={"host": website.host}, **extra)

    return get
