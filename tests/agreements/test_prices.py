"""The price of an agreement follows the programme's: its population, its services; or says that it departs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from socle.agreements import actions, rules
from socle.agreements.document import build
from socle.lib.refusals import Refused
from socle.territory.models import CommuneInVintage
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def priced(ground):
    """The programme asks 1,10 € by inhabitant, and 30 € for telephony."""
    kind = ground.programme.tripartite()
    kind.annual_price, kind.per_inhabitant = Decimal(0), Decimal("1.10")
    kind.save(update_fields=["annual_price", "per_inhabitant"])
    ground.programme.services.filter(code="telephonie").update(extra_price=Decimal(30))
    return ground


def choose(here, agreement, *codes):
    services = here.programme.services.filter(code__in=codes)
    return actions.choose_services(agreement, services=services, by=here.officer, at=f.NOW)


def test_a_draft_has_the_price_of_its_population_and_of_its_services(priced):
    agreement = priced.draft()
    base = agreement.assessment.population * Decimal("1.10")
    assert agreement.annual_price == base > 0
    agreement = choose(priced, agreement, "site-internet", "telephonie")
    assert agreement.annual_price == base + 30
    note = build(priced.complete(agreement), at=f.NOW).price_note.replace("\u00a0", " ")
    assert note.startswith("Soit 1,10 € par habitant, pour ")
    assert "30,00 € pour le service « Téléphonie »." in note
    assert rules.departures(agreement) == []
    assert choose(priced, agreement, "site-internet").annual_price == base


def test_a_price_agreed_on_apart_stays_and_departs(priced):
    agreement = priced.draft()
    agreement.annual_price = Decimal(100)
    agreement.save(update_fields=["annual_price"])
    agreement = choose(priced, agreement, "site-internet", "telephonie")
    assert agreement.annual_price == 100
    assert rules.departures(agreement) == ["le prix n’est pas celui du programme"]
    assert "par habitant" not in build(priced.complete(agreement), at=f.NOW).price_note


def test_the_population_is_that_of_the_day_of_the_draft(priced):
    agreement = priced.draft()
    CommuneInVintage.objects.update(population=99_999)
    assert choose(priced, agreement, "site-internet").annual_price == agreement.annual_price


def test_without_a_population_nothing_is_drafted(priced):
    CommuneInVintage.objects.update(population=None)
    with pytest.raises(Refused, match="suit la population"):
        priced.draft()
