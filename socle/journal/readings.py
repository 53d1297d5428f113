"""Who read what is personal: noted once the page is made, in one insert, and let go by a rule of retention."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, models
from django.utils.module_loading import import_string

from socle.journal.models import Reading

log = logging.getLogger("socle.journal")

# The same person reads the same page again within these minutes: it counts once.
SAME_VIEW = timedelta(minutes=10)


@cache
def of_several() -> dict[str, str]:
    """Return the kinds that show several bodies at once, in French: each of those that follow is told."""
    found = {"api": "Lecture par un programme"}
    for name in settings.SOCLE_DESKS:
        found |= import_string(name).of_several
    return found


@cache
def kinds() -> dict[str, str]:
    """Return the kinds of what may be read, in French, as both doors say it. A test finds each of the code here."""
    found: dict[str, str] = {}
    for name in settings.SOCLE_DESKS:
        found |= import_string(name).readings
    return {**found, **of_several()}


@dataclass(frozen=True)
class Seen:
    """One thing that a page showed; without a `thing`, several at once."""

    kind: str
    thing: models.Model | None = None
    code: str = ""


def label_of(kind: str) -> str:
    """Return what was read, in French; a kind that an older release noted is shown as it is."""
    return kinds().get(kind, kind)


def note(
    seen: Iterable[Seen],
    *,
    by: models.Model,
    operator: models.Model | None,
    door: str,
    token: str = "",
    at: datetime,
) -> None:
    """Keep that someone read these things, in the name of an operator: one insert, whatever their number."""
    slot = int(at.timestamp() // SAME_VIEW.total_seconds())
    rows = [
        Reading(
            kind=one.kind,
            object_type=one.thing._meta.label_lower if one.thing is not None else "",
            object_id=str(one.thing.pk) if one.thing is not None else "",
            code=one.code[:60],
            beneficiary_ref=_beneficiary_of(one.thing),
            by_ref=ref_of(by),
            operator_ref=ref_of(operator) if operator is not None else "",
            door=door,
            token=token,
            at=at,
            slot=slot,
        )
        for one in seen
        # A commune that nobody registered yet has nothing personal.
        if one.thing is None or one.thing.pk is not None
    ]
    if not rows:
        return
    try:
        Reading.objects.bulk_create(rows, ignore_conflicts=True)
    except DatabaseError:
        # Whoever mends a full disk at night has to read: what could not be kept is told to the technical log.
        log.exception("a reading was not kept")


def ref_of(thing: models.Model) -> str:
    """Return how a row of this table designates a person or an operator."""
    return f"{thing._meta.label_lower}:{thing.pk}"


def _beneficiary_of(thing: models.Model | None) -> str:
    if thing is None:
        return ""
    pk = thing.pk if thing._meta.label_lower == "people.beneficiary" else getattr(thing, "beneficiary_id", None)
    return "" if pk is None else str(pk)


def erase_readings(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """The rule of retention: those of before this instant."""
    old = Reading.objects.filter(at__lt=before)
    return old.count() if is_dry else old.delete()[0]
