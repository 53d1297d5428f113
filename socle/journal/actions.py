"""Writing to the journal, sealing it, verifying it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.module_loading import import_string

from socle.journal.models import Entry

GENESIS = "0" * 64


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
    entry = Entry.objects.create(
        verb=verb,
        object_type=thing._meta.label_lower,
        object_id=str(thing.pk),
        beneficiary_ref="" if beneficiary is None else str(beneficiary),
        by_ref=f"{by._meta.label_lower}:{by.pk}",
        at=at,
        facts={**facts, **_marks.get()},
    )
    for enqueue in _reactions_to(verb):
        # The number it has now: a thing that is removed has none any more when this runs.
        transaction.on_commit(lambda enqueue=enqueue: enqueue(entry.object_id))  # type: ignore[misc]
    return entry


def _reactions_to(verb: str) -> Iterator[Callable[[str], Any]]:
    table: dict[str, tuple[str, ...]] = import_string(settings.SOCLE_REACTIONS)
    for dotted in table.get(verb, ()):
        yield import_string(dotted).enqueue


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


@transaction.atomic
def seal(limit: int = 5000) -> int:
    """Give the oldest unsealed lines their place in the chain; return how many were sealed.

    Called by a tick, so that writers never wait for one another. Only one sealer works at a time: the last sealed
    line is locked, and the first one is guarded by the unique position.
    """
    sealed = Entry.objects.filter(position__isnull=False).order_by("-position")
    if connection.features.has_select_for_update:
        sealed = sealed.select_for_update()
    last = sealed.first()
    # Whoever waited for that line may find that others were sealed after it in the meantime.
    while last is not None and (later := sealed.filter(position__gt=last.position).first()) is not None:
        last = later
    position, previous = (last.position or 0, last.seal) if last else (0, GENESIS)
    waiting = list(Entry.objects.filter(position__isnull=True).order_by("id")[:limit])
    for entry in waiting:
        position += 1
        previous = _digest(entry, position, previous)
        entry.position, entry.seal = position, previous
    # The two columns of the chain are the only ones ever written after the line itself.
    models.QuerySet[Entry](Entry).bulk_update(waiting, ["position", "seal"], batch_size=500)
    return len(waiting)


@dataclass(frozen=True)
class ChainReport:
    """What `verify` found: lines sealed, lines waiting for their seal, and the first broken line if any."""

    sealed: int
    waiting: int
    broken_at: int | None
    reason: str | None

    @property
    def is_intact(self) -> bool:
        return self.broken_at is None


def verify() -> ChainReport:
    """Recompute the whole chain and say whether a line was altered, removed or inserted."""
    previous, expected = GENESIS, 0
    for entry in Entry.objects.filter(position__isnull=False).order_by("position").iterator(chunk_size=2000):
        expected += 1
        if entry.position != expected:
            return _report(expected, "une ligne manque dans la chaîne")
        previous = _digest(entry, expected, previous)
        if previous != entry.seal:
            return _report(expected, "la ligne ne correspond plus à son sceau")
    return _report(None, None, sealed=expected)


def _report(broken_at: int | None, reason: str | None, sealed: int | None = None) -> ChainReport:
    count = Entry.objects.filter(position__isnull=False).count() if sealed is None else sealed
    return ChainReport(count, Entry.objects.filter(position__isnull=True).count(), broken_at, reason)
