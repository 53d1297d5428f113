"""Lateness of bodies: acts not executory, lists and minutes not online, sessions not closed, and since which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q

from socle.assemblies.models import Meeting
from socle.deliberations import deadlines
from socle.deliberations.models import Act
from socle.lib import dates

# Choices of ours, said on the page: no article sets a day for these. What is older is an archive that is being
# completed, and the business of `socle acts check`.
PATIENCE, SINCE = timedelta(days=15), timedelta(days=365)


class Kind(models.TextChoices):
    EXECUTORY = "actes", "Actes pas exécutoires"
    LIST = "liste", "Listes des délibérations"
    MINUTES = "pv", "Procès-verbaux"
    SESSION = "seance", "Séances à lever"


@dataclass(frozen=True)
class Late:
    """One thing that a body is late for: of which kind, since which day, and the French sentence that says it."""

    kind: Kind
    since: date
    says: str


def lateness(bodies: Collection[int] | models.QuerySet[Any, Any], *, on: date) -> dict[int, list[Late]]:
    """Return what each of these beneficiaries (by key) is late for on this day, the oldest first; none when in time.

    Read within the scope in force; as many queries whatever their number.
    """
    found: dict[int, list[Late]] = defaultdict(list)
    for late_of in (_acts, _lists, _sessions, _minutes):
        for body, late in late_of(bodies, on):
            found[body].append(late)
    return {body: sorted(late, key=lambda one: one.since) for body, late in found.items()}


def _recent(bodies: Any, on: date, patience: timedelta) -> models.QuerySet[Act]:
    return Act.objects.filter(beneficiary__in=bodies, adopted_on__gte=on - SINCE, adopted_on__lt=on - patience)


def _acts(bodies: Any, on: date) -> Iterator[tuple[int, Late]]:
    held_back = Q(kind__in=Act.HELD_BACK)
    unknown = held_back & Q(notified_on=None) | ~held_back & Q(published_on=None)
    unreceived = Q(received_on=None, not_transmissible_because="")
    waiting = _recent(bodies, on, PATIENCE).filter(unknown | unreceived).exclude(kind__in=Act.TELLING).order_by()
    for body, count, first in waiting.values_list("beneficiary").annotate(Count("pk"), Min("adopted_on")):
        day = dates.in_words(first)
        says = (
            f"{count}\u00a0actes ne sont pas exécutoires, le plus ancien adopté le {day}."
            if count > 1
            else f"Un acte adopté le {day} n’est pas exécutoire."
        )
        yield body, Late(Kind.EXECUTORY, first, says)


def _lists(bodies: Any, on: date) -> Iterator[tuple[int, Late]]:
    unread = _recent(bodies, on, deadlines.WEEK).filter(kind=Act.Kind.LIST, published_on=None, put_online_asked_at=None)
    for body, held_on in unread.values_list("beneficiary", "adopted_on"):
        if says := deadlines.of_list(held_on).why_late(None, on=on):
            yield body, Late(Kind.LIST, held_on, says)


def _sessions(bodies: Any, on: date) -> Iterator[tuple[int, Late]]:
    today, _ = dates.bounds_of(on)
    begun = Meeting.objects.filter(assembly__beneficiary__in=bodies, starts_at__lt=today)
    waiting = begun.filter(status__in=(Meeting.Status.CONVENED, Meeting.Status.OPEN))
    for one in waiting.annotate(body_id=F("assembly__beneficiary")):
        yield one.body_id, Late(Kind.SESSION, one.held_on, f"{one.name}\u00a0: elle n’est pas levée.")


def _minutes(bodies: Any, on: date) -> Iterator[tuple[int, Late]]:
    held = Meeting.objects.filter(assembly__beneficiary__in=bodies, status=Meeting.Status.HELD)
    later = held.filter(assembly=OuterRef("assembly"), starts_at__gt=OuterRef("starts_at"))
    first, _ = dates.bounds_of(on - SINCE)
    recent = held.filter(starts_at__gte=first).annotate(body_id=F("assembly__beneficiary"), is_followed=Exists(later))
    for one in recent.select_related("minutes_act", "minutes_arrested_in"):
        arrested = one.minutes_arrested_in
        if arrested is None and one.is_followed:
            says = f"{one.name}\u00a0: son procès-verbal n’a pas été arrêté à la séance suivante."
            yield one.body_id, Late(Kind.MINUTES, one.held_on, says)
        elif arrested is not None and one.minutes_act is not None and one.minutes_act.put_online_asked_at is None:
            shown_on = one.minutes_act.published_on
            late = deadlines.of_minutes(arrested.held_on).why_late(None, on=on) if shown_on is None else None
            if late:
                yield one.body_id, Late(Kind.MINUTES, arrested.held_on, late)
