"""A council of eleven, and its sessions, as the tests of this room start from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django_scopes import scope

from socle.assemblies import actions
from socle.assemblies.actions import Noted, Proposed
from socle.assemblies.models import Meeting, Member
from socle.people.models import Beneficiary, Role, User
from tests import factories as f

SENT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SESSION = datetime(2026, 12, 3, 18, 0, tzinfo=UTC)
ELEVEN = """Mme Anne Un, maire
M. Brice Deux, premier adjoint
Mme Claire Trois, deuxième adjointe
Denis Quatre
Élise Cinq
Farid Six
Gaëlle Sept
Hugo Huit
Inès Neuf
Jean Dix
Karim Onze"""


@pytest.fixture
def beneficiary(db: None) -> Iterator[Beneficiary]:
    place = f.beneficiary()
    with scope(beneficiary=place):
        yield place


@pytest.fixture
def secretary(beneficiary: Beneficiary) -> User:
    return f.member(Role.SECRETARY, beneficiary)


def prepared(place, by, subjects=("Budget primitif 2027", "Adhésion au syndicat mixte")) -> Meeting:
    assembly = actions.open_assembly(place, by=by, at=SENT)
    actions.seat_all(assembly, ELEVEN, by=by, at=SENT)
    meeting = actions.prepare(assembly, starts_at=SESSION, by=by, at=SENT)
    for subject in subjects:
        wanted = Proposed(subject, grounds="Le maire expose.", decision="D’approuver.\nD’autoriser le maire à signer.")
        actions.add_item(meeting, wanted, by=by, at=SENT)
    return meeting


def opened(place, by, subjects=("Budget primitif 2027", "Adhésion au syndicat mixte")) -> Meeting:
    meeting = actions.convene(prepared(place, by, subjects), by=by, at=SENT)
    (pen,) = named(meeting, "Brice Deux")
    return actions.open_session(meeting, secretary=pen, named_by="alone", by=by, at=SESSION)


def named(meeting: Meeting, *names: str) -> list[Member]:
    return [meeting.assembly.members.get(name=name) for name in names]


def attend(meeting: Meeting, by, **states: Noted) -> Meeting:
    """Note these members (by first name) so; the others stay present."""
    rows = {meeting.assembly.members.get(name__startswith=name).pk: noted for name, noted in states.items()}
    chair, pen = named(meeting, "Anne Un", "Brice Deux")
    return actions.note_attendance(meeting, rows, president=chair, secretary=pen, by=by, at=SESSION)


def held(place, by) -> Meeting:
    """A session closed, both of its items adopted by all."""
    meeting = opened(place, by)
    for item in meeting.items.all():
        actions.vote(item, None, by=by, at=SESSION)
    attend(meeting, by)
    return actions.close(meeting, by=by, at=SESSION)
