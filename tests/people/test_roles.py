"""Roles fit their place, begin and end on a day, and leave a line in the journal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people import actions, rules
from socle.people.models import Membership, Role, User
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def system() -> User:
    return User.objects.system()


def test_an_account_is_opened_once_and_without_a_password(system: User) -> None:
    first = actions.enrol(" Camille@Exemple.invalid ", name="Camille Exemple", by=system, at=NOW)
    again = actions.enrol("camille@exemple.invalid", name="Quelqu’un d’autre", by=system, at=NOW)
    assert first == again
    assert again.name == "Camille Exemple"
    assert not first.has_usable_password()
    assert [entry.verb for entry in Entry.objects.about(first)] == ["person.enrolled"]
    assert "Camille" not in str(Entry.objects.about(first).get().facts)


@pytest.mark.parametrize(
    ("email", "name", "says"),
    [("camille", "Camille", "n’est pas complète"), ("a@b.invalid", " ", "nom de la personne manque")],
)
def test_an_account_wants_an_address_and_a_name(system: User, email: str, name: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        actions.enrol(email, name=name, by=system, at=NOW)
    assert not User.objects.exclude(pk=system.pk).exists()


@pytest.mark.parametrize(
    ("role", "place", "says"),
    [
        (Role.MAYOR, "operator", "dans une mairie"),
        (Role.TECHNICIAN, "beneficiary", "chez un opérateur"),
        (Role.MAYOR, "both", "un lieu et un seul"),
        (Role.MAYOR, "none", "un lieu et un seul"),
    ],
)
def test_a_role_fits_its_place(system: User, role: Role, place: str, says: str) -> None:
    places: dict[str, Any] = {}
    if place in ("beneficiary", "both"):
        places["beneficiary"] = factories.beneficiary()
    if place in ("operator", "both"):
        places["operator"] = factories.operator("npdcn", "Syndicat", 1)
    with pytest.raises(Refused, match=says):
        actions.give_role(factories.user(), role=role, by=system, at=NOW, **places)
    assert not Membership.objects.exists()


def test_a_role_is_given_once_ends_on_its_last_day_and_may_be_given_again(system: User) -> None:
    where = factories.beneficiary()
    person = factories.user()
    held = actions.give_role(person, role=Role.MAYOR, beneficiary=where, quality="Maire", by=system, at=NOW)
    assert actions.give_role(person, role=Role.MAYOR, beneficiary=where, by=system, at=NOW) == held
    actions.end_role(held, last_day=TODAY, by=system, at=NOW)
    assert rules.holds(person, Role.MAYOR, on=TODAY, beneficiary=where)
    assert not rules.holds(person, Role.MAYOR, on=TODAY + timedelta(days=1), beneficiary=where)
    later = NOW + timedelta(days=40)
    again = actions.give_role(person, role=Role.MAYOR, beneficiary=where, quality="Maire", by=system, at=later)
    assert again.pk == held.pk
    assert again.ends_on is None
    assert rules.holds(person, Role.MAYOR, on=later.date(), beneficiary=where)
    assert [entry.verb for entry in Entry.objects.about(held)] == ["role.given", "role.ended", "role.given"]


def test_a_role_does_not_end_before_it_begins(system: User) -> None:
    held = actions.give_role(factories.user(), role=Role.MAYOR, beneficiary=factories.beneficiary(), by=system, at=NOW)
    with pytest.raises(Refused, match="ne peut pas finir avant"):
        actions.end_role(held, last_day=date(2020, 1, 1), by=system, at=NOW)
    held.refresh_from_db()
    assert held.ends_on is None


def test_roles_are_read_for_a_day_and_never_of_a_closed_account(system: User) -> None:
    syndicate = factories.operator("npdcn", "Syndicat", 1)
    person = factories.member(Role.TECHNICIAN, syndicate, starts_on=TODAY)
    assert rules.roles_of(person, on=TODAY) == {Role.TECHNICIAN}
    assert rules.operators_of(person, on=TODAY) == [syndicate]
    assert rules.roles_of(person, on=TODAY - timedelta(days=1)) == set()
    assert rules.operators_of(person, on=TODAY - timedelta(days=1)) == []
    person.is_active = False
    assert rules.roles_of(person, on=TODAY) == set()
    assert not rules.is_operator(person, on=TODAY)


def test_an_invitation_says_how_to_enter_and_carries_no_secret(
    system: User, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    person = factories.user()
    with django_capture_on_commit_callbacks(execute=True):
        actions.invite(person, by=system, at=NOW)
    (message,) = mailoutbox
    assert message.to == [person.email]
    assert "/compte/mot-de-passe-oublie/" in message.body
    assert "{" not in message.body


def test_a_closed_account_is_not_invited(system: User) -> None:
    person = factories.user(is_active=False)
    with pytest.raises(Refused, match="fermé"):
        actions.invite(person, by=system, at=NOW)
