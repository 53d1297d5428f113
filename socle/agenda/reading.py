"""Reading events as calendars write them (RFC 5545): what they say, and when they take place, in bounded time.

What comes from a client is not trusted: `why_not_keep` refuses what would cost too much to read before it is kept, and
whatever is read later is bounded too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar as ICalendar
from icalendar.parser import Contentlines

from socle.agenda.contract import Kept
from socle.agenda.endless import MOST_TIMES, is_endless, may_repeat, why_endless
from socle.lib.dates import PARIS

# How heavy one event may be, in characters; for how long it may last.
HEAVIEST = 512_000
LONGEST = timedelta(days=366)
# How many occurrences of one event one page reads.
MOST_SHOWN = 400
FIRST_YEAR, LAST_YEAR = 1900, 2199

# What an event that takes place once has none of.
REPEATED = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")

# What libraries raise on what is no calendar.
UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)

# A part of a calendar: its properties are of many types, and what is read of them is looked at.
Component = Any


@dataclass(frozen=True)
class Guest:
    """Someone invited to an event, and what they answered (NEEDS-ACTION, ACCEPTED, DECLINED, TENTATIVE)."""

    email: str
    name: str = ""
    answer: str = "NEEDS-ACTION"


@dataclass(frozen=True)
class Reply:
    """An answer sent back by the program of a guest (RFC 5546, §3.2.3).

    `start`: when it believes that the event begins, if it says so. `recurrence`: the time of a series that it is about,
    when it is not about all of them.
    """

    uid: str
    answer: str
    start: date | datetime | None = None
    recurrence: date | datetime | None = None


@dataclass(frozen=True)
class Said:
    """One event, read from its file."""

    uid: str
    title: str
    start: date | datetime
    end: date | datetime
    place: str = ""
    words: str = ""
    rule: str = ""
    is_cancelled: bool = False
    is_tentative: bool = False
    is_private: bool = False
    organiser: str = ""
    sequence: int = 0
    guests: tuple[Guest, ...] = ()

    @property
    def is_all_day(self) -> bool:
        return not isinstance(self.start, datetime)

    @property
    def length(self) -> timedelta:
        return self.end - self.start  # type: ignore[operator]


@dataclass(frozen=True, order=True)
class Occurrence:
    """One time of an event. Days are from midnight to midnight, in Paris.

    `recurrence`: of a series, the time it was to take place at, whatever became of it since (RECURRENCE-ID).
    """

    start: datetime
    end: datetime
    said: Said = field(compare=False)
    href: str = field(compare=False, default="")
    is_repeated: bool = field(compare=False, default=False)
    recurrence: date | datetime | None = field(compare=False, default=None)

    @property
    def first_day(self) -> date:
        return self.start.astimezone(PARIS).date()

    @property
    def last_day(self) -> date:
        """The last day it touches: what ends at midnight does not touch the next."""
        end = self.end.astimezone(PARIS)
        return max(self.first_day, (end - timedelta(microseconds=1)).date())


class Broken(ValueError):
    """The file cannot be read as an event."""


def instant_of(when: date | datetime) -> datetime:
    """Return the aware instant of a day or an hour; hours of nowhere are those of Paris."""
    if not isinstance(when, datetime):
        return datetime.combine(when, time(), PARIS)
    return when.replace(tzinfo=PARIS) if when.tzinfo is None else when


def components(text: str) -> list[Component]:
    """Return the events of a file, the master first. Raises `Broken` when there is none that can be read."""
    if is_endless(text):
        raise Broken("a rule without bound")
    try:
        calendar = ICalendar.from_ical(text)
        found = [part for part in calendar.walk("VEVENT") if part.get("DTSTART") is not None]
    except UNREADABLE as error:
        raise Broken(str(error)[:200]) from error
    if not found:
        raise Broken("no event")
    return sorted(found, key=lambda part: part.get("RECURRENCE-ID") is not None)


def repeats(part: Component) -> bool:
    """Whether an event may take place more than once, or is one time of those that do."""
    return any(part.get(name) is not None for name in REPEATED)


def recurrence_of(part: Component) -> date | datetime | None:
    """Return the time of a series that an exception stands for; None for what is no exception. Raises `Broken`."""
    which = part.get("RECURRENCE-ID")
    if which is None:
        return None
    when = getattr(which, "dt", None)
    if not isinstance(when, date):
        raise Broken("no time of a series, or several")
    return when


def reply_in(text: str) -> Reply:
    """Read what a guest's program sent back by mail. Raises `Broken`."""
    if len(text) > HEAVIEST or is_endless(text):
        raise Broken("too much for an answer")
    try:
        calendar = ICalendar.from_ical(text)
        events = calendar.walk("VEVENT")
        if str(calendar.get("METHOD", "")).upper() != "REPLY" or len(events) != 1:
            raise Broken("no reply")
        (answer,) = [guest.answer for guest in _guests(events[0])]
        event: Component = events[0]
        start = event["DTSTART"].dt if "DTSTART" in event else None
        if not isinstance(start, date | None):
            raise Broken("no beginning")
        if (recurrence := recurrence_of(event)) is not None and "RANGE" in event["RECURRENCE-ID"].params:
            raise Broken("several times of a series")
        return Reply(str(event["UID"]), answer, start, recurrence)
    except Broken:
        raise
    except UNREADABLE as error:
        raise Broken(str(error)[:200]) from error


def said_by(event: Component) -> Said:
    """Read one component. Raises `Broken`."""
    try:
        return _said_by(event)
    except Broken:
        raise
    except UNREADABLE as error:
        raise Broken(str(error)[:200]) from error


def span_of(event: Component) -> tuple[date | datetime, date | datetime]:
    """Return when an event begins and ends: two days, or two instants. Raises `Broken`, and what the library does."""
    start = event.get("DTSTART").dt
    if not isinstance(start, date):
        raise Broken("no beginning")
    if (last := event.get("DTEND")) is not None:
        end = last.dt
    elif (length := event.get("DURATION")) is not None:
        end = start + length.dt
    else:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    if isinstance(start, datetime) != isinstance(end, datetime):
        raise Broken("a day and an hour")
    if instant_of(end) < instant_of(start):
        end = start
    if isinstance(start, datetime) and isinstance(end, datetime):
        return instant_of(start), instant_of(end)
    return start, end


def _said_by(event: Component) -> Said:
    start, end = span_of(event)
    rule = event.get("RRULE")
    return Said(
        uid=str(event.get("UID", "")),
        title=str(event.get("SUMMARY", "")).strip() or "Sans titre",
        start=start,
        end=end,
        place=str(event.get("LOCATION", "")),
        words=str(event.get("DESCRIPTION", "")),
        rule=_one(rule).to_ical().decode() if rule is not None else "",
        is_cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
        is_tentative=str(event.get("STATUS", "")).upper() == "TENTATIVE",
        is_private=str(event.get("CLASS", "PUBLIC")).upper() in ("PRIVATE", "CONFIDENTIAL"),
        organiser=_address(event.get("ORGANIZER", "")),
        sequence=int(event.get("SEQUENCE", 0)),
        guests=tuple(_guests(event)),
    )


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _address(value: Any) -> str:
    text = str(value)
    return text[7:] if text.lower().startswith("mailto:") else text


def attendees_of(event: Component) -> dict[str, Any]:
    """Return whoever is invited, as the file writes them, by address."""
    found = event.get("ATTENDEE", [])
    return {_address(one).lower(): one for one in (found if isinstance(found, list) else [found])}


def _guests(event: Component) -> Iterator[Guest]:
    for email, one in attendees_of(event).items():
        params = getattr(one, "params", {})
        yield Guest(
            email,
            str(params.get("CN", "")),
            str(params.get("PARTSTAT", "NEEDS-ACTION")).upper(),
        )


def lines_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file as the library reads them: the name of each, and its value."""
    for line in filter(None, Contentlines.from_ical(text)):  # type: ignore[no-untyped-call]
        try:
            name, _, value = line.parts()
        except ValueError:
            continue  # No line of a calendar: said by who reads the whole.
        yield str(name), str(value)


def why_too_heavy(text: str) -> str | None:
    """Refuse a file of a calendar that is too heavy."""
    if len(text) > HEAVIEST:
        return "Cet événement est trop lourd : retirez-en les pièces jointes, et mettez-les dans le dossier partagé."
    return None


def why_not_keep(text: str, parts: Sequence[Component] | None = None) -> str | None:
    """Refuse a file of a calendar that is too heavy, cannot be read, or comes back without bound.

    `parts`: its events, when who asks has read them; ours to read otherwise.
    """
    if sentence := why_too_heavy(text):
        return sentence
    if may_repeat(text) and (sentence := why_endless(lines_of(text))):
        return sentence
    if not (parts or (parts is None and re.search(r"^BEGIN:VEVENT", text, re.MULTILINE | re.IGNORECASE))):
        return None  # A task or a note: kept for its program, not shown here.
    try:
        parts = components(text) if parts is None else parts
        spans = [span_of(part) for part in parts if part.get("DTSTART") is not None]
        for part in parts:
            recurrence_of(part)
        begin = instant_of(spans[0][0])
    except (Broken, *UNREADABLE):
        return "Cet événement ne se lit pas : sa date, son fuseau horaire ou sa répétition est mal écrite."
    if len(parts) > MOST_TIMES:
        return f"Cet événement a plus de {MOST_TIMES} exceptions : faites-en plusieurs."
    for start, end in spans:
        if start.year > LAST_YEAR or end.year > LAST_YEAR or start.year < FIRST_YEAR:
            return "La date de cet événement est très loin d’aujourd’hui : vérifiez l’année."
        if end - start > LONGEST:  # type: ignore[operator]
            return "Cet événement durerait plus d’un an : vérifiez ses dates."
    try:
        # The rule is a rule: its first step can be made.
        if any(map(repeats, parts)):
            occurrences(text, begin, begin)
    except Broken:
        return "La répétition de cet événement ne se lit pas : elle est mal écrite."
    return None


def occurrences(text: str, start: datetime, end: datetime, *, href: str = "") -> list[Occurrence]:
    """Return the times of the event of a file that touch this period, in order. Raises `Broken`."""
    parts = components(text)
    if len(parts) == 1 and not repeats(parts[0]):
        once = _occurrence(parts[0], href, is_repeated=False)
        return [once] if _touches(once, start, end) else []
    for part in parts:
        said_by(part)
        if recurrence_of(part) is not None:
            # One that would stand for all that follow stands for its own time.
            part["RECURRENCE-ID"].params.pop("RANGE", None)
    repeated = any(parts[0].get(name) is not None for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
    calendar = ICalendar()
    calendar.subcomponents = parts
    try:
        times = recurring_ical_events.of(calendar, keep_recurrence_attributes=True)
        found = times.between(start.astimezone(PARIS), end.astimezone(PARIS))
    except UNREADABLE as error:
        raise Broken(str(error)[:200]) from error
    return sorted(_occurrence(part, href, is_repeated=repeated) for part in found)[:MOST_SHOWN]


def _touches(one: Occurrence, start: datetime, end: datetime) -> bool:
    """Whether it takes place in this period, or at this instant; what lasts no time is where it begins."""
    if one.start == one.end:
        return one.start == start if start == end else start <= one.start < end
    return one.start <= start < one.end if start == end else one.start < end and start < one.end


def _occurrence(part: Component, href: str, *, is_repeated: bool) -> Occurrence:
    said, recurrence = said_by(part), recurrence_of(part) if is_repeated else None
    return Occurrence(instant_of(said.start), instant_of(said.end), said, href, is_repeated, recurrence)


def time_on(text: str, day: date) -> Occurrence | None:
    """Return the time of a series that begins on this day; the first one, if there are several. Raises `Broken`."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    begin = instant_of(day)
    found = occurrences(text, begin, begin + timedelta(hours=36))
    return next((one for one in found if one.recurrence is not None and one.first_day == day), None)


def time_of(text: str, recurrence: date | datetime) -> Occurrence | None:
    """Return what became of this time of a series; None when the series has no such time. Raises `Broken`."""
    parts = components(text)
    for part in parts:
        which = recurrence_of(part)
        if which is not None and instant_of(which) == instant_of(recurrence):
            said = said_by(part)
            return Occurrence(instant_of(said.start), instant_of(said.end), said, is_repeated=True, recurrence=which)
    if not FIRST_YEAR <= recurrence.year <= LAST_YEAR:
        return None
    begin = instant_of(recurrence)
    found = occurrences(text, begin, begin + timedelta(seconds=1))
    return next((one for one in found if one.recurrence is not None and instant_of(one.recurrence) == begin), None)


def between(files: Iterable[Kept], start: datetime, end: datetime) -> tuple[list[Occurrence], int]:
    """Return what takes place in this period, in order, and how many files could not be read."""
    found: list[Occurrence] = []
    broken = 0
    for kept in files:
        try:
            found += occurrences(kept.text, start, end, href=kept.href)
        except Broken:
            # A task is no event, and no defect.
            broken += "BEGIN:VEVENT" in kept.text
    return sorted(found), broken
