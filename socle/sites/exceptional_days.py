"""Actions on the exceptional days of a mairie: announced, removed, restored, proposed from the public holidays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.sites.holidays import Holiday, holidays_from
from socle.sites.models.notices import ExceptionalDay, Span
from socle.sites.models.sites import WebSite
from socle.sites.publishing.actions import changed
from socle.sites.rules import (
    why_not_announce_day,
    why_not_change_day,
    why_not_remove_day,
    why_not_restore_day,
    why_not_shorten_day,
)

# How long, after its removal, an exceptional day is offered to be restored.
UNDO = timedelta(days=30)


@dataclass(frozen=True)
class Wanted:
    """One exceptional day, or several in a row, as the mairie writes them; closed when there are no hours."""

    starts_on: date
    ends_on: date
    reason: str = ""
    spans: Sequence[Span] = ()


def _facts(wanted: Wanted) -> dict[str, Any]:
    first, second = [*wanted.spans, None, None][:2]
    return {
        "starts_on": wanted.starts_on,
        "ends_on": wanted.ends_on,
        "reason": wanted.reason.strip(),
        "opens": first.opens if first else None,
        "closes": first.closes if first else None,
        "reopens": second.opens if second else None,
        "closes_again": second.closes if second else None,
    }


def _add(website: WebSite, wanted: Wanted, *, by: User, at: datetime) -> ExceptionalDay:
    refuse(
        why_not_announce_day(
            website, starts_on=wanted.starts_on, ends_on=wanted.ends_on, spans=wanted.spans, on=day_of(at)
        )
    )
    added = ExceptionalDay.objects.create(website=website, added_at=at, **_facts(wanted))
    journal.record(
        "website.day_announced",
        website,
        by=by,
        at=at,
        starts_on=wanted.starts_on.isoformat(),
        ends_on=wanted.ends_on.isoformat(),
    )
    return added


@transaction.atomic
def announce_day(website: WebSite, wanted: Wanted, *, by: User, at: datetime) -> ExceptionalDay:
    """Announce an exceptional closure, or other hours, everywhere hours are shown. Raises Refused (overlap, hours)."""
    added = _add(website, wanted, by=by, at=at)
    changed(website.pk, "hours", at=at)
    return added


def announce_shorter_day(
    website: WebSite,
    on: date,
    *,
    opens: time | None = None,
    closes: time | None = None,
    reason: str = "",
    by: User,
    at: datetime,
) -> ExceptionalDay:
    """Announce that a day opens later, or closes earlier, than the week says. Raises Refused."""
    week = list(website.facts.openings.filter(day=on.isoweekday()))
    cut = [Span(max(one.opens, opens or one.opens), min(one.closes, closes or one.closes)) for one in week]
    left = [one for one in cut if one.opens < one.closes]
    refuse(why_not_shorten_day(week, left, starts_on=on))
    return announce_day(website, Wanted(on, on, reason, left), by=by, at=at)


@transaction.atomic
def change_day(day: ExceptionalDay, wanted: Wanted, *, by: User, at: datetime) -> ExceptionalDay:
    """Change what was announced, in one gesture: the site never says anything else meanwhile. Raises Refused."""
    refuse(why_not_change_day(day))
    refuse(
        why_not_announce_day(
            day.website,
            starts_on=wanted.starts_on,
            ends_on=wanted.ends_on,
            spans=wanted.spans,
            on=day_of(at),
            instead_of=day,
        )
    )
    for name, value in (facts := _facts(wanted)).items():
        setattr(day, name, value)
    day.save(update_fields=list(facts))
    changed(day.website_id, "hours", at=at)
    journal.record(
        "website.day_changed",
        day.website,
        by=by,
        at=at,
        starts_on=wanted.starts_on.isoformat(),
        ends_on=wanted.ends_on.isoformat(),
    )
    return day


@transaction.atomic
def remove_day(day: ExceptionalDay, *, by: User, at: datetime) -> ExceptionalDay:
    """Take back what was announced; it can be restored."""
    refuse(why_not_remove_day(day))
    day.removed_at = at
    day.save(update_fields=["removed_at"])
    changed(day.website_id, "hours", at=at)
    journal.record("website.day_removed", day.website, by=by, at=at, starts_on=day.starts_on.isoformat())
    return day


@transaction.atomic
def restore_day(day: ExceptionalDay, *, by: User, at: datetime) -> ExceptionalDay:
    """Announce again what was removed, as it was. Raises Refused when something else took its days."""
    refuse(why_not_restore_day(day, on=day_of(at)))
    day.removed_at = None
    day.save(update_fields=["removed_at"])
    changed(day.website_id, "hours", at=at)
    journal.record("website.day_put_back", day.website, by=by, at=at, starts_on=day.starts_on.isoformat())
    return day


def holidays_to_announce(website: WebSite, *, on: date) -> list[Holiday]:
    """Return the public holidays of the year to come when the mairie's week says it is open, and nothing else is said.

    Two holidays of one day make one line.
    """
    open_days = set(website.facts.openings.values_list("day", flat=True))
    said = list(ExceptionalDay.objects.kept().not_past(on).filter(website=website).values_list("starts_on", "ends_on"))
    by_day: dict[date, Holiday] = {}
    for holiday in holidays_from(on):
        if holiday.on.isoweekday() not in open_days or any(first <= holiday.on <= last for first, last in said):
            continue
        known = by_day.get(holiday.on)
        by_day[holiday.on] = Holiday(holiday.on, f"{known.name}, {holiday.name}") if known else holiday
    return list(by_day.values())


@transaction.atomic
def close_on_holidays(website: WebSite, days: Iterable[date], *, by: User, at: datetime) -> list[ExceptionalDay]:
    """Announce the mairie closed on these public holidays; those that are not, or are already said, are left out."""
    wanted = set(days)
    added = [
        _add(website, Wanted(holiday.on, holiday.on, holiday.name), by=by, at=at)
        for holiday in holidays_to_announce(website, on=day_of(at))
        if holiday.on in wanted
    ]
    if added:
        changed(website.pk, "hours", at=at)
    return added
