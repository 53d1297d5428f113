"""What leaves with a body of its assembly: members, items with their votes and annexes, convocations as they left."""

from __future__ import annotations

import pytest

from socle.assemblies import actions, handover
from socle.assemblies.actions import Asked
from socle.documents import actions as documents
from tests import factories as f
from tests.agenda.test_events import Shelf as Filled
from tests.assemblies.conftest import SESSION, opened

pytestmark = pytest.mark.django_db


class Shelf(Filled):
    def folder(self, name):
        return self


def test_members_items_and_convocations_leave_whole(beneficiary, secretary) -> None:
    shelf = Shelf()
    handover.write(beneficiary, shelf)
    assert shelf.notes == ["Aucune séance n’a été tenue ici."]
    meeting = opened(beneficiary, secretary)
    item = meeting.items.first()
    joined = actions.annex(item, f.pdf(), title="Plan", by=secretary, at=SESSION)
    actions.vote_as_asked(item, Asked(public=3, choices={"Brice Deux": "against"}), by=secretary, at=SESSION)
    shelf = Shelf()
    handover.write(beneficiary, shelf)
    assert len(shelf.files["membres.csv"]) == 11
    first, second = (dict(zip(handover.ITEMS, row, strict=True)) for row in shelf.files["seances.csv"])
    assert (first["Pour"], first["Contre"]) == (10, 1)
    assert "Contre\u00a0: Brice Deux" in first["Votes nominatifs"]
    assert first["Annexes"] == f"Plan ({joined.document.sha256})"
    assert (second["Annexes"], second["Votes nominatifs"]) == ("", "")
    meeting.refresh_from_db()
    left = [content for path, content in shelf.files.items() if path.endswith(f"-{meeting.pk}.pdf")]
    assert left == [documents.read(meeting.convocation)]
