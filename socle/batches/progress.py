"""How far a batch has come, and how long it still takes: what its page, its command and its report say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from socle.batches.models import WAITING, Batch, BatchLine, LineState, Status
from socle.lib.spreadsheet import Field, Kind, Sheet

# The pace is that of the latest lines.
LATEST = 30
# Nothing ended for so long, though there is something to do: is there a worker?
SILENCE = timedelta(minutes=3)

# The report of a batch: what became of each thing.
REPORT: Sheet[BatchLine] = Sheet(
    "batch_lines",
    "lot",
    "Lignes d’un lot",
    (
        Field("Objet", lambda line: line.label),
        Field("Code INSEE", lambda line: line.code, Kind.CODE),
        Field("Résultat", lambda line: line.get_state_display()),
        Field("Détail", lambda line: line.says),
        Field("Commencé le", lambda line: line.started_at, Kind.INSTANT),
        Field("Fini le", lambda line: line.ended_at, Kind.INSTANT),
    ),
)


@dataclass(frozen=True)
class Progress:
    """The lines of a batch by state, and what is left of time; `seconds_left` is None when nothing tells it."""

    done: int
    refused: int
    failed: int
    left: int
    running: int
    pending: int
    seconds_left: int | None
    is_silent: bool

    @property
    def total(self) -> int:
        return self.done + self.refused + self.failed + self.left + self.running + self.pending

    @property
    def over(self) -> int:
        """Lines that ended, one way or another."""
        return self.done + self.refused + self.failed + self.left

    @property
    def waiting(self) -> int:
        return self.running + self.pending

    @property
    def time_left(self) -> str:
        """The time left in words, rounded as a person would."""
        if self.seconds_left is None:
            return ""
        if self.seconds_left < 90:
            return f"environ {max(5, round(self.seconds_left / 5) * 5)} secondes"
        minutes = round(self.seconds_left / 60)
        if minutes < 90:
            return f"environ {minutes} minutes"
        hours, minutes = divmod(minutes, 60)
        return f"environ {hours} h {minutes:02d}"


def progress_of(batch: Batch, *, at: datetime) -> Progress:
    """Count the lines of a batch and estimate what remains; two queries."""
    counts = counts_of([batch])[batch.pk]
    waiting = sum(counts.get(state, 0) for state in WAITING)
    seconds_left, is_silent = None, False
    if batch.status == Status.RUNNING and waiting:
        latest_lines = batch.lines.filter(ended_at__gte=batch.resumed_at, started_at__isnull=False)
        ended = [line.ended_at or at for line in latest_lines.order_by("-ended_at").only("ended_at")[:LATEST]]
        latest = max(ended, default=batch.resumed_at)
        is_silent = at - latest > SILENCE
        if len(ended) > 1 and not is_silent:
            since = batch.resumed_at if len(ended) < LATEST else ended[-1]
            seconds_left = round((at - since).total_seconds() / len(ended) * waiting)
    return Progress(
        done=counts.get(LineState.DONE, 0),
        refused=counts.get(LineState.REFUSED, 0),
        failed=counts.get(LineState.FAILED, 0),
        left=counts.get(LineState.LEFT, 0),
        running=counts.get(LineState.RUNNING, 0),
        pending=counts.get(LineState.PENDING, 0),
        seconds_left=seconds_left,
        is_silent=is_silent,
    )


def counts_of(batches: Iterable[Batch]) -> dict[int, dict[str, int]]:
    """Count the lines of several batches by state; one query."""
    found: dict[int, dict[str, int]] = {batch.pk: {} for batch in batches}
    rows = BatchLine.objects.filter(batch__in=found).order_by().values_list("batch", "state").annotate(n=Count("pk"))
    for batch, state, count in rows:
        found[batch][state] = count
    return found
