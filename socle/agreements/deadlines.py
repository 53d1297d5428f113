"""The calendar of agreements: what ends, what notice closes, what is owed, day by day, what is late first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Count, Exists, OuterRef, QuerySet

from socle.agreements.ending_rules import last_day_to_renew
from socle.agreements.models import Agreement, Termination
from socle.agreements.promises import Due, still_due
from socle.agreements.queries import due_within


class Kind(models.TextChoices):
    END = "fin", "fin de convention"
    NOTICE = "preavis", "préavis"
    PROMISE = "promesse", "promesse"


@dataclass(frozen=True)
class Deadline:
    """One day of an agreement that somebody has to think of."""

    on: date
    kind: Kind
    agreement: Agreement
    words: str
    is_late: bool = False
    due: Due | None = None


def deadlines(agreements: QuerySet[Agreement], days: int, *, on: date) -> list[Deadline]:
    """Return what falls within so many days, and every late promise, in order; as many queries whatever is found.

    Thousands of lines for a page of fifty: of each agreement, its days and its number only. `with_agreements` has more.
    """
    until, found = date.fromordinal(on.toordinal() + days), []
    for agreement in _ending(agreements, days, on=on):
        if (closes := _closes_on(agreement)) is not None and on <= closes <= until:
            found.append(Deadline(closes, Kind.NOTICE, agreement, "Dernier jour pour notifier le renouvellement"))
        if agreement.ends_on is not None and on <= agreement.ends_on <= until:
            words = "Fin de la convention, résiliée" if agreement.is_terminated else "Fin de la convention"
            found.append(Deadline(agreement.ends_on, Kind.END, agreement, words))
    for due in still_due(agreements.only("number", "starts_on", "ends_on", "type"), on=on, until=until):
        late = due.is_late(on)
        found.append(Deadline(due.due_on, Kind.PROMISE, due.agreement, due.promise.name, is_late=late, due=due))
    return sorted(found, key=lambda one: (not one.is_late, one.on, one.agreement.number, one.words))


def to_renew(agreements: QuerySet[Agreement], days: int, *, on: date) -> Iterator[tuple[Agreement, date]]:
    """Give the agreements that may be renewed no more after a day within so many, and that day; two queries."""
    until = date.fromordinal(on.toordinal() + days)
    for agreement in _ending(agreements, days, on=on):
        if (closes := _closes_on(agreement)) is not None and on <= closes <= until:
            yield agreement, closes


def _ending(agreements: QuerySet[Agreement], days: int, *, on: date) -> Any:
    running = Termination.objects.filter(agreement=OuterRef("pk"), withdrawn_at__isnull=True)
    ending = due_within(agreements, days, on=on).order_by().annotate(is_terminated=Exists(running))
    ending = ending.annotate(renewed=Count("renewals")).select_related("type")
    return ending.only("number", "ends_on", "type__notice_months", "type__renewals")


def _closes_on(agreement: Any) -> date | None:
    may_renew = not agreement.is_terminated and agreement.renewed < agreement.type.renewals
    return last_day_to_renew(agreement) if may_renew else None


def with_agreements(found: Iterable[Deadline]) -> list[Deadline]:
    """Return these lines with what a screen or a file says of their agreements; one query, whatever their number."""
    found = list(found)
    rows = Agreement.objects.select_related("beneficiary__commune", "beneficiary__department")
    agreements = rows.in_bulk({one.agreement.pk for one in found})
    return [replace(one, agreement=agreements[one.agreement.pk]) for one in found]
