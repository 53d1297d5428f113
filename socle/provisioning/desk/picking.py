"""The boxes of a list and the gestures it offers for several rows at once, to those who may make one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from socle.batches.contract import Gesture, Subject, Wish
from socle.batches.gestures import gestures_on
from socle.lib import dates
from socle.provisioning.desk.access import Access
from socle.ui.shapes import Column

BOX = Column("Choisir", is_hidden=True)


def offered(access: Access, subject: Subject) -> list[Gesture]:
    """Return what this person may do at once to this kind of thing."""
    on = dates.day_of(timezone.now())
    wish = Wish(access.user, access.programme)
    return [gesture for gesture in gestures_on(subject) if gesture.why_not(wish, on=on) is None]


def picking(access: Access, subject: Subject, columns: Sequence[Column]) -> dict[str, Any]:
    """Return the columns of a list, with that of the boxes when there is something to do, and what there is to do."""
    pickers = offered(access, subject)
    return {"pickers": pickers, "columns": (BOX, *columns) if pickers else tuple(columns)}
