"""Two people at one form of a mairie: the second is told, and loses nothing."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django_scopes import scope

from socle.assemblies.models import Attendance, Item
from socle.people.models import Role
from tests import factories as f
from tests.assemblies.conftest import SENT, SESSION, opened, prepared
from tests.client import as_it_is
from tests.sites.two_communes import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def told(answer) -> str:
    return BeautifulSoup(answer.content, "html.parser").select_one(".meanwhile").get_text(" ")


@pytest.fixture
def place():
    place = f.beneficiary()
    with scope(beneficiary=place):
        yield place


def two(place):
    """The secretary and her deputy, at the door."""
    return [signed_in(f.member(Role.SECRETARY, place, email=f"{name}@exemple.invalid")) for name in ("une", "deux")]


def test_an_item_of_a_meeting_is_not_written_over(place, time_machine):
    time_machine.move_to(SENT, tick=False)
    first, second = two(place)
    meeting = prepared(place, f.member(Role.SECRETARY, place))
    item = meeting.items.first()
    page = f"/mairie/seances/{meeting.pk}/points/{item.pk}/"
    shown = as_it_is(second.get(page), "subject")
    assert first.post(page, shown | {"grounds": "Le maire expose.\n\nLe budget est à l’équilibre."}).status_code == 302
    refused = second.post(page, shown | {"decision": "De rejeter."})
    assert refused.status_code == 422
    assert Item.objects.get(pk=item.pk).decision.startswith("D’approuver.")
    # What the other added elsewhere is told too: pressing « Enregistrer » again would take it away.
    assert "Le budget est à l’équilibre." in told(refused)
    assert "De rejeter." in told(refused)
    taken = second.post(page, as_it_is(refused, "subject") | {"prendre": "oui"})
    assert "à l’équilibre" in as_it_is(taken, "subject")["grounds"]
    assert second.post(page, as_it_is(refused, "subject")).status_code == 302
    assert Item.objects.get(pk=item.pk).decision == "De rejeter."


def test_a_roll_call_is_not_written_over(place, time_machine):
    meeting = opened(place, f.member(Role.SECRETARY, place))
    time_machine.move_to(SESSION, tick=False)
    first, second = two(place)
    page = f"/mairie/seances/{meeting.pk}/tenir/"
    denis, elise = (meeting.assembly.members.get(name=name).pk for name in ("Denis Quatre", "Élise Cinq"))
    shown = as_it_is(second.get(page), f"etat-{denis}")
    assert first.post(f"{page}presences/", shown | {f"etat-{denis}": "absent"}).status_code == 302
    refused = second.post(f"{page}presences/", shown | {f"etat-{elise}": "excused"})
    assert refused.status_code == 422
    kept = dict(Attendance.objects.filter(meeting=meeting).values_list("member_id", "state"))
    assert (kept[denis], kept[elise]) == ("absent", "present")
    assert "Denis Quatre" in told(refused)
    assert as_it_is(refused, f"etat-{denis}")[f"etat-{elise}"] == ["excused"]
