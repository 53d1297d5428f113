"""Roles fit their place, begin and end on a day, and leave a line in the journal."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people import actions, helping, rules
from socle.people.models import BENEFICIARY_ROLES, Membership, Role, User
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


def test_a_role_ended_by_mistake_is_kept_until_its_last_day(system: User) -> None:
    held = actions.give_role(factories.user(), role=Role.MAYOR, beneficiary=factories.beneficiary(), by=system, at=NOW)
    actions.end_role(held, last_day=TODAY + timedelta(days=3), by=system, at=NOW)
    assert actions.keep_role(held, by=system, at=NOW + timedelta(days=3)).ends_on is None
    actions.end_role(held, last_day=TODAY, by=system, at=NOW)
    with pytest.raises(Refused, match="a pris fin"):
        actions.keep_role(held, by=system, at=NOW + timedelta(days=1))
    verbs = [entry.verb for entry in Entry.objects.about(held)]
    assert verbs == ["role.ended", "role.kept", "role.ended", "role.given"]


@pytest.mark.parametrize(
    ("who", "whose", "may"),
    [
        ("mayor", "secretary", True),
        ("secretary", "mayor", False),
        ("secretary", "secretary", True),
        ("officer", "secretary", False),
        ("officer", "mayor", True),
        ("stranger", "secretary", False),
        ("technician", "mayor", False),
    ],
)
def test_who_may_end_whose_role(system: User, who: str, whose: str, may: bool) -> None:
    here, syndicate = factories.beneficiary(), factories.operator("npdcn", "Syndicat", 1)
    elsewhere = factories.beneficiary(factories.commune("59001", "Abancourt"))
    people = {
        "mayor": factories.member(Role.MAYOR, here),
        "secretary": factories.member(Role.SECRETARY, here),
        "officer": factories.member(Role.PROGRAMME_OFFICER, syndicate),
        "technician": factories.member(Role.TECHNICIAN, syndicate),
        "stranger": factories.member(Role.MAYOR, elsewhere),
    }
    held = people[whose].memberships.get()
    assert (rules.why_not_end(held, by=people[who], on=TODAY) is None) == may


def test_the_roles_held_are_those_that_are_held_one_by_one_in_one_query(django_assert_max_num_queries: Any) -> None:
    here, elsewhere = factories.beneficiary(), factories.beneficiary(factories.commune("62001", "Ablain", 1000))
    both = factories.member(Role.SECRETARY, here, email="deux@exemple.invalid")
    factories.member(Role.MAYOR, here, email="deux@exemple.invalid")
    mayor, helper = factories.member(Role.MAYOR, elsewhere), factories.user("aide@exemple.invalid")
    closed = factories.member(Role.MAYOR, here, email="fermee@exemple.invalid")
    closed.is_active = False
    seen = {}
    with helping.lent(helper, here):
        for person, place in product((both, mayor, helper, closed), (here, elsewhere)):
            with django_assert_max_num_queries(1):
                held = rules.roles_held(person, *BENEFICIARY_ROLES, on=TODAY, beneficiary=place)
            assert held == {one for one in BENEFICIARY_ROLES if rules.holds(person, one, on=TODAY, beneficiary=place)}
            seen[person, place] = held
    assert seen[both, here] == {Role.SECRETARY, Role.MAYOR}
    assert seen[mayor, elsewhere] == {Role.MAYOR}
    assert seen[helper, here] == {Role.SECRETARY}
    assert not seen[closed, here]


@pytest.mark.parametrize(
    ("fields", "account", "is_there", "stays"),
    [
        ({}, True, True, True),
        ({}, False, False, False),
        ({"ends_on": TODAY}, True, True, False),
        ({"ends_on": TODAY - timedelta(days=1)}, True, False, False),
        ({"starts_on": TODAY + timedelta(days=1)}, True, False, False),
    ],
)
def test_who_is_in_place_holds_the_role_that_day_with_an_open_account(
    fields: dict[str, date], account: bool, is_there: bool, stays: bool
) -> None:
    place = factories.beneficiary()
    one = Membership.objects.get(user=factories.member(Role.MAYOR, place), role=Role.MAYOR)
    assert rules.is_last_mayor(one, on=TODAY)
    other = factories.member(Role.MAYOR, place, email="autre@exemple.invalid", **fields)
    User.objects.filter(pk=other.pk).update(is_active=account)
    assert rules.is_last_mayor(one, on=TODAY) is not stays
    one.delete()
    assert rules.in_place(Role.MAYOR, on=TODAY, beneficiary=place) is is_there


@pytest.mark.parametrize(
    ("is_superuser", "is_staff", "opens"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_whoever_administers_the_platform_opens_many_mairies(is_superuser: bool, is_staff: bool, opens: bool) -> None:
    person = factories.user(is_superuser=is_superuser, is_staff=is_staff)
    assert rules.opens_many(person, on=TODAY) is opens
