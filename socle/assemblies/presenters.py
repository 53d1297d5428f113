"""A meeting as its screens show it: where it is on its road, and the button that comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from socle.assemblies.models import Meeting
from socle.ui.shapes import Step, Tone

if TYPE_CHECKING:
    from socle.assemblies.desk import Desk

Status = Meeting.Status
TONES: dict[str, Tone] = {
    Status.PREPARED: "neutral",
    Status.CONVENED: "info",
    Status.OPEN: "wait",
    Status.HELD: "ok",
    Status.FAILED: "alert",
    Status.CANCELLED: "neutral",
}


def road_of(desk: Desk, meeting: Meeting) -> list[Step]:
    """The three pages of a meeting, those reached linked: « Préparer », « Tenir », « Envoyer et publier »."""
    reached = {Status.CONVENED: 1, Status.OPEN: 1, Status.HELD: 2, Status.FAILED: 2}.get(Status(meeting.status), 0)
    pages = (("Préparer", "meeting"), ("Tenir", "meeting_hold"), ("Envoyer et publier", "meeting_leave"))
    steps = []
    for rank, (label, view) in enumerate(pages):
        state = "done" if rank < reached else "current" if rank == reached else "todo"
        url = desk.address(view, meeting.pk) if rank <= reached else ""
        steps.append(Step(label, state, "", url))  # type: ignore[arg-type]
    return steps


@dataclass(frozen=True)
class Line:
    """A meeting in the list: where it is, and the page that comes next."""

    meeting: Meeting
    tone: Tone
    next_label: str
    next_url: str


def where_it_is(desk: Desk, meeting: Meeting) -> Line:
    """Say where a meeting is, and what comes next."""
    view, label = {
        Status.PREPARED: ("meeting", "Préparer"),
        Status.CONVENED: ("meeting_hold", "Tenir"),
        Status.OPEN: ("meeting_hold", "Continuer"),
        Status.HELD: ("meeting_leave", "Envoyer et publier"),
    }.get(Status(meeting.status), ("meeting", "Revoir"))
    return Line(meeting, TONES[meeting.status], label, desk.address(view, meeting.pk))
