"""Months and weeks as pages draw them."""

from __future__ import annotations

import calendar as days_of_months
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from socle.agenda import reading
from socle.agenda.access import Reach
from socle.agenda.contract import store
from socle.agenda.models import Calendar, Venue
from socle.agenda.presenters import hours_on
from socle.agenda.reading import Occurrence
from socle.lib.dates import DAYS, MONTHS, add_months, bounds_of, in_words, weekday_in_words
from socle.lib.text import whole

# How many of a day a month shows before it says how many more there are.
IN_A_CELL = 3


@dataclass(frozen=True)
class Line:
    """One thing on one day."""

    calendar: Calendar
    one: Occurrence
    hours: str

    @property
    def title(self) -> str:
        return self.one.said.title

    @property
    def day(self) -> str:
        return self.one.first_day.isoformat()


@dataclass
class Day:
    """One day and what is on it."""

    on: date
    is_today: bool = False
    is_outside: bool = False
    lines: list[Line] = field(default_factory=list)

    @property
    def name(self) -> str:
        return weekday_in_words(self.on)

    @property
    def short(self) -> str:
        return f"{DAYS[self.on.weekday()][:3]}. {self.on.day}"

    @property
    def shown(self) -> Sequence[Line]:
        return self.lines if len(self.lines) <= IN_A_CELL + 1 else self.lines[:IN_A_CELL]

    @property
    def more(self) -> int:
        return len(self.lines) - len(self.shown)


@dataclass(frozen=True)
class Period:
    """A month or a week, those around, and how it is called."""

    first: date
    days: tuple[date, ...]
    title: str
    before: str
    after: str

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        return bounds_of(self.days[0])[0], bounds_of(self.days[-1])[1]


def month_of(asked: str, *, today: date) -> Period:
    """Return the month asked as 2026-12, or this one; whole weeks, from Monday."""
    first = today.replace(day=1)
    year, month = (whole(one) or 0 for one in asked.partition("-")[::2])
    if 2000 <= year <= 2100 and 1 <= month <= 12:
        first = date(year, month, 1)
    weeks = days_of_months.Calendar().monthdatescalendar(first.year, first.month)
    return Period(
        first,
        tuple(day for week in weeks for day in week),
        f"{MONTHS[first.month - 1].capitalize()} {first.year}",
        f"{add_months(first, -1):%Y-%m}",
        f"{add_months(first, 1):%Y-%m}",
    )


def week_of(asked: str, *, today: date) -> Period:
    """Return the week of the day asked as 2026-12-01, or this one."""
    try:
        on = date.fromisoformat(asked)
    except ValueError:
        on = today
    if not 2000 <= on.year <= 2100:
        on = today
    first = on - timedelta(days=on.weekday())
    last = first + timedelta(days=6)
    title = (
        f"Du {first.day} au {in_words(last)}"
        if first.month == last.month
        else f"Du {in_words(first)} au {in_words(last)}"
    )
    return Period(
        first,
        tuple(first + timedelta(days=index) for index in range(7)),
        f"Semaine {first.isocalendar().week}\u00a0: {title[0].lower()}{title[1:]}",
        (first - timedelta(days=7)).isoformat(),
        (first + timedelta(days=7)).isoformat(),
    )


def fill(period: Period, calendars: Iterable[Calendar], *, reach: Reach, today: date) -> tuple[list[Day], int]:
    """Return the days of a period with what is on them, and how many events could not be read."""
    start, end = period.bounds
    by_day: dict[date, list[Line]] = defaultdict(list)
    unread = 0
    known = set(period.days)
    for calendar in calendars:
        files = store().read(reach.beneficiary.pk, calendar.slug, start=start, end=end)
        found, broken = reading.between(files, start, end)
        unread += broken
        for one in found:
            if one.said.is_cancelled:
                continue
            for on in _days(one, known):
                by_day[on].append(Line(calendar, one, hours_on(one, on)))
    days = []
    for on in period.days:
        lines = sorted(by_day[on], key=lambda line: (not line.one.said.is_all_day, line.one.start, line.title))
        days.append(Day(on, on == today, on.month != period.first.month, lines))
    return days, unread


def _days(one: Occurrence, known: set[date]) -> Iterable[date]:
    on = one.first_day
    while on <= one.last_day:
        if on in known:
            yield on
        on += timedelta(days=1)


def weeks_of(days: Sequence[Day]) -> list[Sequence[Day]]:
    """Cut the days of a month into weeks."""
    return [days[index : index + 7] for index in range(0, len(days), 7)]


def next_of(venue: Venue, *, reach: Reach, at: datetime, days: int = 60, limit: int = 5) -> list[Occurrence]:
    """The next bookings of a venue."""
    end = at + timedelta(days=days)
    found, _ = reading.between(store().read(reach.beneficiary.pk, venue.calendar.slug, start=at, end=end), at, end)
    return [one for one in found if not one.said.is_cancelled][:limit]
