"""The ranks a commune has had, as its page tells them: why this one, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from socle.programme.assessments import what_changed
from socle.programme.eligibility import Eligibility
from socle.programme.models import Assessment, Programme
from socle.territory.models import Commune

LATEST = 12


@dataclass(frozen=True)
class Kept:
    """One rank a commune had: the row, its reasons, and what it changed to the one before."""

    row: Assessment
    reasons: tuple[str, ...]
    changes: str


def show_history(programme: Programme, commune: Commune) -> list[Kept]:
    """Return the ranks kept of a commune, the latest first; one query."""
    rows = list(Assessment.objects.filter(programme=programme, commune=commune).select_related("vintage")[: LATEST + 1])
    before: list[Assessment | None] = [*rows, None][1:]
    return [
        Kept(row, tuple(row.reasons.splitlines()), " ; ".join(what_changed(previous, row)))
        for row, previous in zip(rows, before, strict=True)
    ][:LATEST]


def since_when(history: Sequence[Kept], eligibility: Eligibility) -> datetime | None:
    """Say since when the rank shown has held without a break, as far as it was kept; None when it was not."""
    since = None
    for one in history:
        if (one.row.rank, one.row.is_priority) != (eligibility.rank, eligibility.is_priority):
            break
        since = one.row.assessed_at
    return since
