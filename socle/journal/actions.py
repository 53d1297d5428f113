"""Writing to the journal, sealing it, verifying it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.module_loading import import_string

from socle.journal.models import Entry, object_type_of
from socle.lib import dates
from socle.lib.compiled import insert
from socle.lib.queue import enqueue_at_commit
from socle.lib.text import number

GENESIS = "0" * 64
# Lines are sealed within seconds of their instant, but for those of a transaction that lasts. Beyond, who dates a line
# before the last seal has added it afterwards.
LATE = timedelta(hours=1)


# What every line written meanwhile bears besides its own facts: in whose stead one acts, say. Codes, never a name.
_marks: ContextVar[dict[str, str]] = ContextVar("journal_marks", default={})  # noqa: B039 (never written in place)


@contextmanager
def marked(**marks: str) -> Iterator[None]:
    """Add these facts to every line recorded within."""
    token = _marks.set({**_marks.get(), **marks})
    try:
        yield
    finally:
        _marks.reset(token)


def record(verb: str, thing: models.Model, *, by: models.Model, at: datetime, **facts: Any) -> Entry:
    """Write one line: `verb` was done to `thing`, by this user, at this aware instant.

    `facts` hold identifiers, codes, dates and amounts (JSON types), never a person's name. What follows from the verb
    is enqueued on commit, as `settings.SOCLE_REACTIONS` says. The line joins the hash chain at the next `seal`.
    """
    if at.tzinfo is None:
        raise ValueError("the instant of a journal line must be aware")
    if thing._meta.label_lower == "people.beneficiary":
        beneficiary = thing.pk
    else:
        beneficiary = getattr(thing, "beneficiary_id", None)
    entry = Entry(
        verb=verb,
        object_type=object_type_of(thing),
        object_id=str(thing.pk),
        beneficiary_ref="" if beneficiary is None else str(beneficiary),
        by_ref=f"{by._meta.label_lower}:{by.pk}",
        at=at,
        facts={**facts, **_marks.get()},
    )
    insert(entry)
    for task in reactions_to(verb):
        # The number it has now: a thing that is removed has none any more when this runs.
        enqueue_at_commit(task, entry.object_id)
    return entry


def reactions_to(verb: str) -> tuple[str, ...]:
    """Return the dotted names of the tasks that follow a verb, in the order of `settings.SOCLE_REACTIONS`."""
    return _reactions_to(settings.SOCLE_REACTIONS, verb)


@cache
def _reactions_to(table: str, verb: str) -> tuple[str, ...]:
    told: dict[str, tuple[str, ...]] = import_string(table)
    return tuple(task for pattern, tasks in told.items() if fnmatchcase(verb, pattern) for task in tasks)


def _digest(entry: Entry, position: int, previous: str) -> str:
    content = [
        position,
        previous,
        entry.pk,
        entry.verb,
        entry.object_type,
        entry.object_id,
        entry.beneficiary_ref,
        entry.by_ref,
        entry.at.isoformat(),
        entry.facts,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class Known(Protocol):
    """Head of the chain at an instant: how many lines it had, and the seal of the last (heads.Head)."""

    @property
    def count(self) -> int: ...
    @property
    def seal(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@transaction.atomic
def seal(limit: int = 5000, *, not_before: datetime | None = None) -> int:
    """Give the oldest unsealed lines their place in the chain; return how many were sealed.

    Writers never wait for one another, nor for this. Only one sealer works at a time: the last sealed line is locked,
    and the first one is guarded by the unique position. Lines dated earlier than `not_before` are left aside.
    """
    sealed = Entry.objects.filter(position__isnull=False).order_by("-position")
    if connection.features.has_select_for_update:
        sealed = sealed.select_for_update()
    last = sealed.first()
    # Whoever waited for that line may find that others were sealed after it in the meantime.
    while last is not None and (later := sealed.filter(position__gt=last.position).first()) is not None:
        last = later
    position, previous = (last.position or 0, last.seal) if last else (0, GENESIS)
    unsealed = Entry.objects.filter(position__isnull=True).order_by("id")
    waiting = list((unsealed.filter(at__gte=not_before) if not_before else unsealed)[:limit])
    for entry in waiting:
        position += 1
        previous = _digest(entry, position, previous)
        entry.position, entry.seal = position, previous
    # The two columns of the chain are the only ones ever written after the line itself.
    models.QuerySet[Entry](Entry).bulk_update(waiting, ["position", "seal"], batch_size=500)
    return len(waiting)


def too_old(*heads: Known, at: datetime | None) -> datetime | None:
    """The instant before which an unsealed line is not late but added afterwards; None while nothing is sealed.

    No later than now: after a clock that went ahead, then back, today's lines are no forgeries.
    """
    last = Entry.objects.filter(position__isnull=False).order_by("-position").values_list("at", flat=True).first()
    seen = [head.at for head in heads] + ([last] if last else [])
    return min(max(seen), at or max(seen)) - LATE if seen else None


@dataclass(frozen=True)
class ChainReport:
    """Result of `verify`: lines sealed, lines waiting for their seal, and what is wrong, as a French sentence.

    `broken_at` is the first line that does not hold, None when none is known; `late`, how many unsealed lines are dated
    before the last seal; `against`, until which line and which instant a head was followed.
    """

    sealed: int
    waiting: int
    broken_at: int | None
    reason: str | None
    late: int = 0
    against: tuple[tuple[int, datetime], ...] = ()

    @property
    def is_intact(self) -> bool:
        return self.reason is None

    @property
    def sentence(self) -> str:
        """Return everything that is wrong; empty when nothing is."""
        where = f"Ligne {self.broken_at}\u00a0: " if self.broken_at is not None else ""
        return f"{where}{self.reason}" if self.reason else ""


def verify(*heads: Known, at: datetime | None = None) -> ChainReport:
    """Recompute the whole chain and say whether a line was altered, removed, inserted or added afterwards.

    Lines removed at the end, and a chain made again from its beginning, are seen against the heads known before only.
    """
    previous, expected, broken_at, reason = GENESIS, 0, None, None
    known: dict[int, list[Known]] = {}
    for head in heads:
        known.setdefault(head.count, []).append(head)
    for entry in Entry.objects.filter(position__isnull=False).order_by("position").iterator(chunk_size=2000):
        expected += 1
        previous = _digest(entry, expected, previous)
        if entry.position != expected:
            broken_at, reason = expected, "une ligne manque dans la chaîne."
        elif previous != entry.seal:
            broken_at, reason = expected, "la ligne ne correspond plus à son sceau."
        elif other := next((head for head in known.get(expected, ()) if head.seal != previous), None):
            broken_at, reason = expected, f"la chaîne a été refaite depuis le relevé du {_instant(other)}."
        if reason:
            break
    else:
        longest = max(heads, key=lambda head: head.count, default=None)
        if longest is not None and longest.count > expected:
            gone = longest.count - expected
            lines = "la dernière ligne a été retirée" if gone == 1 else f"les {number(gone)} dernières ont été retirées"
            broken_at = expected + 1
            reason = f"{lines}, car le relevé du {_instant(longest)} allait jusqu’à la ligne {number(longest.count)}."
    late = late_lines(*heads, at=at)
    return ChainReport(
        Entry.objects.filter(position__isnull=False).count() if broken_at else expected,
        Entry.objects.filter(position__isnull=True).count(),
        broken_at,
        reason or (added_afterwards(late) if late else None),
        late,
        tuple((head.count, head.at) for head in heads),
    )


def late_lines(*heads: Known, at: datetime | None) -> int:
    """How many unsealed lines are dated before the last seal."""
    bound = too_old(*heads, at=at)
    return Entry.objects.filter(position__isnull=True, at__lt=bound).count() if bound else 0


def added_afterwards(late: int) -> str:
    """Say in French what so many late lines mean."""
    if late == 1:
        return "Une ligne sans sceau est datée d’avant le dernier sceau\u00a0: elle a été ajoutée après coup."
    return f"{number(late)} lignes sans sceau sont datées d’avant le dernier\u00a0: elles ont été ajoutées après coup."


def _instant(head: Known) -> str:
    return dates.at_in_words(head.at)
