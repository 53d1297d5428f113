"""What the executive decided by delegation is told to the next session: since when, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from socle.assemblies import actions
from socle.assemblies.models import Item, Meeting
from socle.deliberations.models import Act
from socle.lib.refusals import Refused
from tests import factories as f
from tests.assemblies.conftest import SENT, held, prepared

DECISION = {"kind": Act.Kind.DECISION}


@pytest.mark.slow
def test_decisions_since_the_last_session_are_told_in_one_item_written_anew(beneficiary, secretary) -> None:
    before = held(beneficiary, secretary)
    meeting = actions.prepare(
        before.assembly, starts_at=before.starts_at + timedelta(days=30), by=secretary, at=before.starts_at
    )
    with pytest.raises(Refused, match="Aucune décision"):
        actions.report_decisions(meeting, by=secretary, at=SENT)
    on = before.held_on
    for number, day in (("D-1", on - timedelta(days=1)), ("D-2", on), ("D-3", meeting.held_on)):
        f.act(beneficiary, number, subject="Louer la salle", adopted_on=day, **DECISION)
    f.act(beneficiary, "D-4", adopted_on=meeting.held_on + timedelta(days=1), **DECISION)
    f.act(beneficiary, "D-5", adopted_on=on, held_back_because="nomme une personne", **DECISION)
    f.act(beneficiary, "2026-90", adopted_on=on)
    assert [one.number for one in actions.delegated(meeting)] == ["D-2", "D-3"]
    item = actions.report_decisions(meeting, by=secretary, at=SENT)
    assert item.kind == Item.Kind.INFORMATION
    Act.objects.filter(number="D-2").update(kind=Act.Kind.DELIBERATION)
    again = actions.report_decisions(meeting, by=secretary, at=SENT)
    assert (again.pk, meeting.items.count()) == (item.pk, 1)
    said = again.grounds.replace("\u00a0", " ")
    assert said == "Décision n° D-3 du 2 janvier 2027 : Louer la salle."


def test_the_first_session_tells_three_months_of_decisions(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary)
    for days, number in ((92, "D-1"), (93, "D-2")):
        f.act(beneficiary, number, adopted_on=meeting.held_on - timedelta(days=days), **DECISION)
    assert [one.number for one in actions.delegated(meeting)] == ["D-1"]
    Meeting.objects.update(status=Meeting.Status.CONVENED, convened_at=SENT)
    meeting.refresh_from_db()
    with pytest.raises(Refused):
        actions.report_decisions(meeting, by=secretary, at=SENT)
