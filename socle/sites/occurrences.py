"""When an event takes place: the days of a rhythm, computed when they are asked and never stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Protocol

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from django.db.models import TextChoices

from socle.lib.dates import DAYS, in_days, in_words, weekday_in_words
from socle.lib.hours import hour

RANKS = ("premier", "deuxième", "troisième", "quatrième")


class Rhythm(TextChoices):
    """How an event comes back."""

    ONCE = "once", "une seule fois"
    WEEKLY = "weekly", "chaque semaine"
    FORTNIGHTLY = "fortnightly", "une semaine sur deux"
    MONTHLY = "monthly", "chaque mois, le même jour de la semaine (par exemple le deuxième samedi)"
    MONTHLY_LAST = "monthly_last", "chaque mois, le dernier jour de ce nom (par exemple le dernier samedi)"


# The days between two beginnings, at least: an event is over before it comes back.
SHORTEST = {Rhythm.WEEKLY: 7, Rhythm.FORTNIGHTLY: 14, Rhythm.MONTHLY: 28, Rhythm.MONTHLY_LAST: 28}


@dataclass(frozen=True)
class Timing:
    """When something takes place: its first time, and how it comes back. Hours are those of Paris."""

    starts_on: date
    ends_on: date
    start_time: time | None = None
    end_time: time | None = None
    rhythm: Rhythm = Rhythm.ONCE
    until: date | None = None

    @property
    def length(self) -> timedelta:
        return self.ends_on - self.starts_on

    @property
    def rank(self) -> int:
        """Which of its weekday in the month the first time is: 2 for a second Saturday, -1 for the last."""
        return -1 if self.rhythm == Rhythm.MONTHLY_LAST else (self.starts_on.day - 1) // 7 + 1

    def rule(self) -> rrule | None:
        """Return the rule of recurrence, or None for what happens once."""
        if self.rhythm == Rhythm.ONCE:
            return None
        begin = datetime.combine(self.starts_on, time())
        until = datetime.combine(self.until, time()) if self.until else None
        if self.rhythm in (Rhythm.WEEKLY, Rhythm.FORTNIGHTLY):
            return rrule(WEEKLY, dtstart=begin, until=until, interval=1 if self.rhythm == Rhythm.WEEKLY else 2)
        return rrule(MONTHLY, dtstart=begin, until=until, byweekday=weekday(self.starts_on.weekday())(self.rank))

    def last_on(self) -> date | None:
        """Return the last day of the last time, or None when it comes back without end."""
        rule = self.rule()
        if rule is None:
            return self.ends_on
        if self.until is None:
            return None
        *_, last = [self.starts_on, *(begin.date() for begin in rule)]
        return last + self.length

    def begins(self, first: date, last: date) -> Iterator[date]:
        """Yield the days between these, included, on which it begins."""
        rule = self.rule()
        if rule is None:
            if first <= self.starts_on <= last:
                yield self.starts_on
            return
        days = (begin.date() for begin in rule.xafter(datetime.combine(first, time()), inc=True))
        yield from takewhile(lambda day: day <= last, days)

    def from_day(self, on: date, *, days: int, without: Collection[date] = ()) -> Iterator[date]:
        """Yield the days on which begins a time that is not over on this day, over so many days."""
        for day in self.begins(on - self.length, on + timedelta(days=days)):
            if day not in without:
                yield day

    def in_words(self, begins_on: date) -> str:
        """Say one time: « le samedi 12 décembre 2026, de 14 h à 18 h »."""
        ends_on = begins_on + self.length
        if begins_on == ends_on:
            said = in_days(begins_on, ends_on)
            if self.start_time and self.end_time:
                return f"{said}, de {hour(self.start_time)} à {hour(self.end_time)}"
            return f"{said}, à {hour(self.start_time)}" if self.start_time else said
        if self.start_time is None:
            return in_days(begins_on, ends_on)
        end = weekday_in_words(ends_on) + (f" à {hour(self.end_time)}" if self.end_time else "")
        return f"du {weekday_in_words(begins_on)} à {hour(self.start_time)} au {end}"

    @property
    def rhythm_in_words(self) -> str:
        """Say how it comes back: « chaque mois, le deuxième samedi, jusqu’au 30 juin 2027 »; empty when it does not."""
        day = DAYS[self.starts_on.weekday()]
        said = {
            Rhythm.ONCE: "",
            Rhythm.WEEKLY: f"chaque {day}",
            Rhythm.FORTNIGHTLY: f"un {day} sur deux",
            Rhythm.MONTHLY: f"chaque mois, le {RANKS[min(self.rank, 4) - 1]} {day}",
            Rhythm.MONTHLY_LAST: f"chaque mois, le dernier {day}",
        }[self.rhythm]
        return f"{said}, jusqu’au {in_words(self.until)}" if said and self.until else said


class Announced(Protocol):
    """Whatever an agenda may show: a page of the site, what was shared with it, what another room gives."""

    title: str
    summary: str
    place: str
    contact: str
    price: str
    is_free: bool
    start_time: time | None

    @property
    def timing(self) -> Timing: ...

    @property
    def first_published_at(self) -> datetime | None: ...

    @property
    def last_published_at(self) -> datetime | None: ...

    def skipped(self) -> set[date]: ...


# How far the next time of an event is looked for.
FURTHEST = 3 * 366


@dataclass(frozen=True)
class Showing:
    """One time of an event, as a list shows it."""

    event: Announced
    begins_on: date
    is_now: bool

    @property
    def day(self) -> str:
        """Return its heading in the list."""
        return "En ce moment" if self.is_now else weekday_in_words(self.begins_on).capitalize()

    @property
    def when(self) -> str:
        return self.event.timing.in_words(self.begins_on)

    @property
    def sorting(self) -> tuple[date, time, str]:
        return self.begins_on, self.event.start_time or time(), self.event.title


def showings_of(event: Announced, *, on: date, days: int) -> list[Showing]:
    """Return the times of an event that are not over on this day, over so many days."""
    return [
        Showing(event, begins_on, begins_on < on)
        for begins_on in event.timing.from_day(on, days=days, without=event.skipped())
    ]


def next_showing(event: Announced, *, on: date) -> Showing | None:
    """Return the next time of an event, or the one that goes on."""
    days = event.timing.from_day(on, days=FURTHEST, without=event.skipped())
    begins_on = next(days, None)
    return Showing(event, begins_on, begins_on < on) if begins_on is not None else None
