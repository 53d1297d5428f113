"""The acts that a draft asked of an assembly, handed to it once they came out of the vote."""

from __future__ import annotations

from datetime import datetime

from socle.agreements.actions import complete_party
from socle.agreements.models import Agreement, Party, Status
from socle.assemblies.models import Item
from socle.people.models import User

ASKED = "agreement:"


def hand_acts(meeting_id: int, *, by: User, at: datetime) -> int:
    """Attach the acts of this meeting to the drafts that waited for them; return how many. Again, nothing changes.

    A draft of another body, or that is one no more, is left alone: the act stays recorded, and is attached by hand.
    """
    items = Item.objects.filter(meeting=meeting_id, asked_for__startswith=ASKED, act__isnull=False).select_related(
        "act"
    )
    handed = 0
    for item in items:
        number = item.asked_for.removeprefix(ASKED)
        assert item.act is not None
        drafts = Agreement.every.filter(number=number, status=Status.DRAFT, beneficiary=item.act.beneficiary_id)
        for draft in drafts:
            party = draft.parties.get(kind=Party.Kind.BENEFICIARY)
            if party.act_id == item.act_id:
                continue
            complete_party(draft, kind=Party.Kind.BENEFICIARY, act=item.act, by=by, at=at)
            handed += 1
    return handed
