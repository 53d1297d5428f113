"""A draft that asked for an act is handed the one that came out of the vote."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_scopes import scope

from socle.agreements import actions as agreements
from socle.agreements.handed import hand_acts
from socle.agreements.models import Party
from socle.assemblies import actions
from socle.assemblies.actions import Proposed
from socle.people.models import Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_the_act_of_an_item_goes_to_the_draft_that_asked_for_it() -> None:
    programme, place = f.programme(), f.beneficiary()
    officer = f.member(Role.PROGRAMME_OFFICER, programme.lead())
    secretary = f.member(Role.SECRETARY, place)
    by = {"by": secretary, "at": f.NOW}
    with scope(beneficiary=place):
        draft = agreements.draft(place, programme=programme, by=officer, at=f.NOW)
        council = actions.open_assembly(place, **by)
        actions.seat_all(council, "Anne Un, maire\nBrice Deux\nClaire Trois", **by)
        wanted = Proposed("Convention tripartite", decision="D’approuver.", asked_for=f"agreement:{draft.number}")
        item = actions.propose(place, wanted, **by)
        assert actions.propose(place, wanted, **by) == item
        session = item.meeting.starts_at
        meeting = actions.convene(item.meeting, **by)
        assert hand_acts(meeting.pk, by=User.objects.system(), at=f.NOW) == 0
        pen = council.members.get(name="Brice Deux")
        meeting = actions.open_session(meeting, secretary=pen, by=secretary, at=session)
        actions.vote(item, None, by=secretary, at=session)
        chair = council.members.get(name="Anne Un")
        pen = council.members.get(name="Brice Deux")
        at = session + timedelta(hours=1)
        actions.note_attendance(meeting, {}, president=chair, secretary=pen, by=secretary, at=at)
        meeting = actions.close(meeting, by=secretary, at=at)
        assert hand_acts(meeting.pk, by=User.objects.system(), at=at) == 1
        assert hand_acts(meeting.pk, by=User.objects.system(), at=at) == 0
        party = draft.parties.get(kind=Party.Kind.BENEFICIARY)
        assert party.act == meeting.items.get().act
        assert party.act.subject == "Convention tripartite"
