"""The shapes of a price: a base, strata of population, so much per inhabitant, so much for a service."""

from __future__ import annotations

from decimal import Decimal

import pytest

from socle.programme.models import PriceStratum, Service
from socle.programme.prices import in_words, price_of
from tests import factories as f

pytestmark = pytest.mark.django_db
STRATA = ((1500, "36.00", "52.00"), (5000, "158.00", None), (None, "1212.00", "1212.00"))


@pytest.fixture
def kind():
    return f.programme().tripartite()


def shaped(kind, *, base="0.00", per_inhabitant=None, strata=()):
    kind.annual_price = Decimal(base)
    kind.per_inhabitant = Decimal(per_inhabitant) if per_inhabitant else None
    kind.save(update_fields=["annual_price", "per_inhabitant"])
    for order, (up_to, annual, first) in enumerate(strata):
        PriceStratum.objects.create(type=kind, order=order, up_to=up_to, annual_price=annual, first_year_price=first)
    return kind


def services(*prices):
    return [
        Service(name=f"Service {place}", extra_price=price and Decimal(price)) for place, price in enumerate(prices)
    ]


@pytest.mark.parametrize(
    ("shape", "population", "extras", "annual", "detail"),
    [
        ({"base": "240.00"}, None, (None,), "240.00", ""),
        ({"base": "240.00"}, 812, (), "240.00", ""),
        ({"per_inhabitant": "1.10"}, 812, (), "893.20", "Soit 1,10 € par habitant, pour 812 habitants"),
        ({"per_inhabitant": "1.10"}, 0, (), "0.00", "Soit 1,10 € par habitant, pour 0 habitant"),
        (
            {"strata": STRATA}, 1500, (), "36.00",
            "Soit 52,00 € la première année, puis 36,00 €, jusqu’à 1 500 habitants",
        ),
        ({"strata": STRATA}, 1501, (), "158.00", "Soit 158,00 €, jusqu’à 5 000 habitants"),
        ({"strata": STRATA}, 5001, (), "1212.00", "Soit 1 212,00 €, au-delà de 5 000 habitants"),
        (
            {"base": "100.00"}, None, ("30.00", None, "9.99"), "139.99",
            "Soit 100,00 € pour tous les bénéficiaires ; 30,00 € pour le service « Service 0 » ; "
            "9,99 € pour le service « Service 2 »",
        ),
        (
            {"base": "100.00", "per_inhabitant": "0.50"}, 301, ("1.00",), "251.50",
            "Soit 100,00 € pour tous les bénéficiaires ; 0,50 € par habitant, pour 301 habitants ; "
            "1,00 € pour le service « Service 0 »",
        ),
    ],
)  # fmt: skip
def test_a_price_is_a_base_or_strata_plus_inhabitants_plus_services(kind, shape, population, extras, annual, detail):
    price = price_of(shaped(kind, **shape), population=population, services=iter(services(*extras)))
    assert price.annual == Decimal(annual)
    assert price.first_year == (Decimal("52.00") if "la première année" in detail else price.annual)
    assert price.detail.replace("\u00a0", " ").replace("\u202f", " ") == detail


@pytest.mark.parametrize("shape", [{"per_inhabitant": "1.10"}, {"strata": STRATA}])
def test_without_a_population_a_price_that_follows_it_is_unknown(kind, shape):
    assert price_of(shaped(kind, **shape), population=None, services=()) is None


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"base": "240.00"}, ["240,00 €"]),
        ({}, ["0,00 €"]),
        ({"per_inhabitant": "1.10"}, ["1,10 € par habitant"]),
        ({"base": "100.00", "per_inhabitant": "1.10"}, ["100,00 €", "1,10 € par habitant"]),
        (
            {"strata": STRATA},
            ["52,00 € la première année, puis 36,00 €, jusqu’à 1 500 habitants", "158,00 €, jusqu’à 5 000 habitants",
             "1 212,00 €, au-delà de 5 000 habitants"],
        ),
        ({"strata": ((None, "50.00", None),)}, ["50,00 €"]),
    ],
)  # fmt: skip
def test_the_shape_of_a_price_is_told_without_anybody_in_mind(kind, shape, words):
    assert [one.replace("\u00a0", " ").replace("\u202f", " ") for one in in_words(shaped(kind, **shape))] == words
