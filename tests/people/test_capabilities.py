"""What each role of a mairie opens: the whole table, once, and that nothing opens which it does not say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from socle.agenda.rules import APPROVERS
from socle.agreements.models import Party
from socle.agreements.rules import SIGNING_ROLE
from socle.files.models import Level
from socle.files.rules import level_of
from socle.journal import facts
from socle.people import helping, personas, rules
from socle.people.acting import beneficiaries_served
from socle.people.capabilities import OPENED, SAYS, Capability, allows, those_who
from socle.people.models import BENEFICIARY_ROLES, Role
from tests import factories as f

pytestmark = pytest.mark.django_db

ROLES = (Role.MAYOR, Role.SECRETARY, Role.DEPUTY, Role.COUNCILLOR, Role.AGENT)
# In the order of ROLES.
TABLE = {
    "enter": (1, 1, 1, 1, 1),
    "mail": (1, 1, 1, 1, 1),
    "agenda": (1, 1, 1, 1, 1),
    "folder": (1, 1, 1, 1, 1),
    "read_acts": (1, 1, 1, 1, 0),
    "read_every_act": (1, 1, 1, 0, 0),
    "read_agreements": (1, 1, 1, 0, 0),
    "contacts": (1, 1, 1, 0, 0),
    "answer": (1, 1, 1, 0, 0),
    "publish": (1, 1, 1, 0, 0),
    "administer": (1, 1, 0, 0, 0),
    "engage": (1, 0, 0, 0, 0),
    "name": (1, 0, 0, 0, 0),
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_the_table_says_and_no_more(role):
    rank = ROLES.index(role) if role in ROLES else None
    for capability in Capability:
        opens = rank is not None and bool(TABLE[capability.value][rank])
        assert allows((role,), capability) is opens, capability
        assert (role in those_who(capability)) is opens, capability
    assert set(TABLE) == {one.value for one in Capability}


def test_what_nobody_wrote_in_the_table_opens_to_nobody():
    assert not allows(BENEFICIARY_ROLES, "unheard_of")
    assert those_who("unheard_of") == ()
    assert not allows(("unknown",), Capability.ENTER)
    assert not allows((), Capability.ENTER)


def test_a_function_opens_there_and_on_its_days_only(django_assert_num_queries):
    here, there = f.beneficiary(), f.beneficiary(f.commune("59583", "Taisnières"))
    person = f.member(Role.DEPUTY, here, ends_on=f.TODAY)
    asked = (
        (True, f.TODAY, here),
        (False, f.TODAY + timedelta(days=1), here),
        (False, f.TODAY, there),
    )
    for expected, on, place in asked:
        assert rules.may(person, Capability.PUBLISH, on=on, beneficiary=place) is expected
    assert not rules.may(person, Capability.ADMINISTER, on=f.TODAY, beneficiary=here)
    # Two functions open what either does.
    f.member(Role.SECRETARY, here, email=person.email)
    with django_assert_num_queries(1):
        assert rules.may(person, Capability.ADMINISTER, on=f.TODAY, beneficiary=here)
    person.is_active = False
    assert not rules.may(person, Capability.PUBLISH, on=f.TODAY, beneficiary=here)


def test_a_helper_may_what_the_secretary_may():
    here = f.beneficiary()
    helper = f.member(Role.CDG_ADVISOR, f.operator("cdg59", "CDG", 1))
    for capability in Capability:
        assert not rules.may(helper, capability, on=f.TODAY, beneficiary=here)
        with helping.lent(helper, here):
            opens = Role.SECRETARY in those_who(capability)
            assert rules.may(helper, capability, on=f.TODAY, beneficiary=here) is opens


def test_every_table_by_role_knows_the_five():
    five = set(BENEFICIARY_ROLES)
    assert set(ROLES) == set(OPENED) == set(SAYS) == set(APPROVERS) == set(personas.ROLE_STORIES) == five
    assert {role.value for role in Role} <= set(facts.VALUES["role"])
    assert SIGNING_ROLE[Party.Kind.BENEFICIARY] in those_who(Capability.ENGAGE)


@pytest.mark.parametrize(
    ("levels", "role", "top", "expected"),
    [
        ({}, Role.MAYOR, 1, Level.WRITE),
        ({}, Role.SECRETARY, 1, Level.WRITE),
        ({}, Role.DEPUTY, 1, Level.WRITE),
        ({}, Role.COUNCILLOR, 1, Level.NONE),
        ({}, Role.AGENT, 1, Level.NONE),
        ({(1, "secretary"): Level.NONE}, Role.DEPUTY, 1, Level.NONE),
        ({(1, "secretary"): Level.NONE, (1, "deputy"): Level.READ}, Role.DEPUTY, 1, Level.READ),
        ({(1, "agent"): Level.WRITE}, Role.AGENT, 1, Level.WRITE),
        ({(1, "agent"): Level.WRITE}, Role.AGENT, 2, Level.NONE),
        ({(1, "agent"): Level.WRITE}, Role.AGENT, None, Level.READ),
        ({}, Role.COUNCILLOR, None, Level.READ),
        ({}, Role.DEPUTY, None, Level.WRITE),
    ],
)
def test_a_folder_opens_to_a_role_as_the_mairie_said_else_to_few(levels, role, top, expected):
    assert level_of(levels, top, role.value) is expected


@pytest.mark.parametrize(
    ("starts", "ends", "is_served"), [(None, None, True), (0, 0, True), (1, None, False), (None, -1, False)]
)
def test_a_mairie_is_served_from_the_first_day_of_a_function_to_its_last(starts, ends, is_served) -> None:
    first, last = (days if days is None else f.TODAY + timedelta(days=days) for days in (starts, ends))
    mairie, other = f.beneficiary(), f.beneficiary(f.commune("59001", "Abancourt", 441))
    person = f.member(Role.AGENT, mairie, starts_on=first, ends_on=last)
    f.member(Role.MAYOR, other)
    assert beneficiaries_served(person, on=f.TODAY) == [mairie] * is_served
