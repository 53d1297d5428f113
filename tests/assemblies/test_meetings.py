"""A meeting from its agenda to its minutes: its acts, its refusals, and nothing that is mended in silence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from socle.assemblies import actions
from socle.assemblies.actions import Proposed
from socle.assemblies.models import Meeting
from socle.deliberations.models import Act
from socle.people.models import Role
from tests import factories as f

pytestmark = pytest.mark.django_db

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
def secretary(beneficiary):
    return f.member(Role.SECRETARY, beneficiary)


@pytest.fixture
def beneficiary():
    return f.beneficiary()


@pytest.fixture(autouse=True)
def within(beneficiary):
    from django_scopes import scope

    with scope(beneficiary=beneficiary):
        yield


def prepared(beneficiary, by, subjects=("Budget primitif 2027", "Adhésion au syndicat mixte")) -> Meeting:
    assembly = actions.open_assembly(beneficiary, by=by, at=SENT)
    actions.seat_all(assembly, ELEVEN, by=by, at=SENT)
    meeting = actions.prepare(assembly, starts_at=SESSION, by=by, at=SENT)
    for subject in subjects:
        wanted = Proposed(subject, grounds="Le maire expose.", decision="D’approuver.\nD’autoriser le maire à signer.")
        actions.add_item(meeting, wanted, by=by, at=SENT)
    return meeting


def test_a_meeting_gives_its_acts(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary)
    actions.convene(meeting, by=secretary, at=SENT)
    meeting = actions.open_session(meeting, by=secretary, at=SESSION)
    second = meeting.assembly.members.get(name="Brice Deux")
    meeting = actions.note_attendance(
        meeting, {}, president=meeting.president, secretary=second, by=secretary, at=SESSION
    )
    for item in meeting.items.all():
        actions.vote(item, None, by=secretary, at=SESSION)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    acts = list(Act.objects.filter(beneficiary=beneficiary, kind=Act.Kind.DELIBERATION))
    assert [act.number for act in acts] == ["2026-01", "2026-02"]
    one = acts[1]
    assert (one.subject, one.matter, one.author_name, one.author_quality) == (
        "Adhésion au syndicat mixte", "5.7", "Anne Un", "maire",
    )  # fmt: skip
    assert (one.vote.members, one.vote.in_favour, one.vote.against) == (11, 11, 0)
    assert [article.text for article in one.articles.all()] == ["D’approuver.", "D’autoriser le maire à signer."]
    assert one.document is not None
    assert meeting.list_act.kind == Act.Kind.LIST
