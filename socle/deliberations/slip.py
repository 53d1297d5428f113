"""The slip that goes with acts sent on paper: who sends, which acts, and room for the stamp of the prefecture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from socle.deliberations.matters import name_of
from socle.deliberations.models import Act
from socle.documents import typst
from socle.lib import dates

LAYOUT = Path(__file__).parent / "slip.typ"


def compose(acts: Sequence[Act], *, at: datetime) -> bytes:
    """Return the PDF (PDF/A, tagged) of the slip of these acts of one body. Raises Unrenderable."""
    owner = acts[0].beneficiary or acts[0].operator
    doc = {
        "owner": owner.name if owner else "",
        "dated": dates.in_words(dates.day_of(at)),
        "count": len(acts),
        "is_demonstration": settings.DEMO,
        "acts": [
            {
                "number": act.number,
                "kind": str(act.get_kind_display()),
                "adopted": dates.in_words(act.adopted_on),
                "subject": act.subject,
                "matter": f"{act.matter} – {name_of(act.matter)}" if name_of(act.matter) else act.matter,
            }
            for act in acts
        ],
    }
    return typst.render(LAYOUT, {"doc": doc}, at=at)
