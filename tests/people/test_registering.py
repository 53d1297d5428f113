"""A commune becomes a beneficiary from its public facts; its SIRET is proposed, then confirmed by its own people."""

from __future__ import annotations

import pytest

from socle.journal.models import Entry
from socle.lib import siret
from socle.lib.refusals import Refused
from socle.people import actions
from socle.people.models import Beneficiary, Role, User
from socle.territory.models import TownHall
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def system() -> User:
    return User.objects.system()


def test_a_commune_is_registered_once_from_its_public_facts(system: User) -> None:
    place = factories.commune("59186", "Eccles", 94)
    TownHall.objects.create(
        commune=place,
        address="196 route de Jeumont",
        postal_code="59740",
        city="Eccles",
        phone="03 27 59 37 39",
        email="mairie@eccles.invalid",
    )
    made = actions.register_beneficiary(place, by=system, at=NOW)
    assert made == actions.register_beneficiary(place, by=system, at=NOW)
    made.refresh_from_db()
    assert made.name == "Commune d’Eccles"
    assert (made.kind, made.department, made.legal_form) == ("commune", place.department, actions.COMMUNE)
    assert (made.email, made.phone) == ("mairie@eccles.invalid", "03 27 59 37 39")
    assert made.seat == "196 route de Jeumont, 59740 Eccles"
    assert siret.why_not_siret(made.siret) is None
    assert made.siret.startswith(f"{place.siren}0001")
    assert not made.is_siret_confirmed
    assert [entry.verb for entry in Entry.objects.about(made)] == ["beneficiary.registered"]


def test_a_commune_without_town_hall_nor_siren_is_registered_with_blanks(system: User) -> None:
    place = factories.commune("59186", "Eccles", 94)
    place.siren = ""
    place.save()
    made = actions.register_beneficiary(place, by=system, at=NOW)
    assert (made.siret, made.seat) == ("", "")


def test_a_commune_that_is_no_more_is_refused_and_its_heir_named(system: User) -> None:
    heir = factories.commune("59474", "Prisches")
    gone = factories.commune("59186", "Eccles", 94, merged_into=heir, gone_in=2026)
    with pytest.raises(Refused, match=r"a rejoint Prisches.*59474"):
        actions.register_beneficiary(gone, by=system, at=NOW)
    lost = factories.commune("59187", "Écluse", 94, gone_in=2026)
    with pytest.raises(Refused, match="cherchez par son nom"):
        actions.register_beneficiary(lost, by=system, at=NOW)
    assert not Beneficiary.objects.exists()


def test_another_public_body_is_registered_by_its_siret(system: User) -> None:
    number = siret.complete(factories.siren(77))
    given = {"legal_form": "syndicat intercommunal", "seat": "Avesnes", "department": factories.department()}
    made = actions.register_public_body("SIVU du Bocage", siret_number=siret.spaced(number), by=system, at=NOW, **given)
    again = actions.register_public_body("SIVU du Bocage", siret_number=number, by=system, at=NOW, **given)
    assert made == again
    assert (made.kind, made.siret, made.is_siret_confirmed) == (Beneficiary.Kind.OTHER, number, True)


@pytest.mark.parametrize(
    ("name", "number", "says"),
    [("", "20003938600038", "nom"), ("SIVU", "2000393860003", "14 chiffres"), ("SIVU", "20003938600039", "clé")],
)
def test_a_public_body_badly_given_is_refused(system: User, name: str, number: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        actions.register_public_body(
            name, legal_form="", siret_number=number, seat="", department=factories.department(), by=system, at=NOW
        )
    assert not Beneficiary.objects.exists()


@pytest.mark.parametrize(
    ("number", "says"),
    [("123", "14 chiffres"), ("20003938600039", "clé"), ("20003938600038", "ne commence pas par le SIREN")],
)
def test_a_wrong_siret_is_never_confirmed(number: str, says: str) -> None:
    place = factories.beneficiary(is_siret_confirmed=False)
    mayor = factories.member(Role.MAYOR, place)
    before = place.siret
    with pytest.raises(Refused, match=says):
        actions.confirm_siret(place, siret=number, by=mayor, at=NOW)
    place.refresh_from_db()
    assert (place.siret, place.is_siret_confirmed) == (before, False)


def test_only_its_own_people_confirm_a_siret() -> None:
    place = factories.beneficiary(is_siret_confirmed=False)
    neighbour = factories.member(Role.MAYOR, factories.beneficiary(factories.commune("59186", "Eccles")))
    with pytest.raises(Refused, match="personnes de la mairie"):
        actions.confirm_siret(place, siret=place.siret, by=neighbour, at=NOW)
    secretary = factories.member(Role.SECRETARY, place)
    actions.confirm_siret(place, siret=siret.spaced(place.siret), by=secretary, at=NOW)
    place.refresh_from_db()
    assert place.is_siret_confirmed
