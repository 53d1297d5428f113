"""Writing events as calendars do (RFC 5545), in the hours of Paris, and leaving alone what we do not know of them."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import TextChoices
from icalendar import Calendar as ICalendar
from icalendar import Event as IEvent
from icalendar import vCalAddress, vRecur, vText

from socle.agenda.reading import (
    Broken,
    Component,
    Guest,
    Occurrence,
    Said,
    attendees_of,
    components,
    instant_of,
    recurrence_of,
    said_by,
)
from socle.lib import timezones
from socle.lib.dates import PARIS

PRODID = "-//Socle//Agenda//FR"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Rhythm(TextChoices):
    """Rhythms of an event that comes back, in French."""

    ONCE = "once", "une seule fois"
    DAILY = "daily", "chaque jour"
    WEEKLY = "weekly", "chaque semaine"
    FORTNIGHTLY = "fortnightly", "une semaine sur deux"
    MONTHLY = "monthly", "chaque mois, le même jour de la semaine (le deuxième mardi)"
    MONTHLY_DATE = "monthly_date", "chaque mois, à la même date"
    YEARLY = "yearly", "chaque année"
    OTHER = "other", "autrement, comme son logiciel l’a réglé"


@dataclass(frozen=True)
class Wanted:
    """An event, as its form was filled. Without an hour, it lasts whole days, the last one included."""

    title: str
    first_day: date
    last_day: date
    start_time: time | None = None
    end_time: time | None = None
    place: str = ""
    words: str = ""
    rhythm: Rhythm = Rhythm.ONCE
    until: date | None = None
    is_private: bool = False
    guests: tuple[str, ...] = ()

    @property
    def start(self) -> date | datetime:
        return self.first_day if self.start_time is None else datetime.combine(self.first_day, self.start_time, PARIS)

    @property
    def end(self) -> date | datetime:
        if self.start_time is None:
            return self.last_day + timedelta(days=1)
        return datetime.combine(self.last_day, self.end_time or self.start_time, PARIS)


def new_uid() -> str:
    """Name an event for ever."""
    return str(uuid4())


def href_of(uid: str) -> str:
    """Return the name of the file of an event written by the platform."""
    return f"{uid}.ics"


def rule_of(wanted: Wanted) -> dict[str, Any] | None:
    """Return the rule of recurrence; None for what happens once."""
    on = wanted.first_day
    rank = -1 if (on + timedelta(days=7)).month != on.month else (on.day - 1) // 7 + 1
    rules: dict[Rhythm, dict[str, Any]] = {
        Rhythm.DAILY: {"FREQ": "DAILY"},
        Rhythm.WEEKLY: {"FREQ": "WEEKLY"},
        Rhythm.FORTNIGHTLY: {"FREQ": "WEEKLY", "INTERVAL": 2},
        Rhythm.MONTHLY: {"FREQ": "MONTHLY", "BYDAY": f"{rank}{DAYS[on.weekday()]}"},
        Rhythm.MONTHLY_DATE: {"FREQ": "MONTHLY"},
        Rhythm.YEARLY: {"FREQ": "YEARLY"},
    }
    if wanted.rhythm not in rules:
        return None
    rule = rules[wanted.rhythm]
    if wanted.until is not None:
        rule["UNTIL"] = (
            wanted.until
            if wanted.start_time is None
            else datetime.combine(wanted.until, time(23, 59, 59), PARIS).astimezone(UTC)
        )
    return rule


def rhythm_of(said: Said) -> tuple[Rhythm, date | None]:
    """Return how an event comes back and until when, in our words; `OTHER` when they do not suffice."""
    if not said.rule:
        return Rhythm.ONCE, None
    parts = dict(part.split("=", 1) for part in said.rule.upper().split(";") if "=" in part)
    until: date | None = None
    if stamp := parts.pop("UNTIL", ""):
        try:
            until = datetime.strptime(stamp[:8], "%Y%m%d").replace(tzinfo=UTC).date()
        except ValueError:
            return Rhythm.OTHER, None
    parts.pop("WKST", None)
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    day = said.start.date() if isinstance(said.start, datetime) else said.start
    if parts.get("FREQ") == "WEEKLY" and parts.get("BYDAY") == DAYS[day.weekday()]:
        del parts["BYDAY"]
    plain = Wanted(said.title, day, day)
    for rhythm in Rhythm:
        known = rule_of(replace(plain, rhythm=rhythm))
        if known is not None and parts == {name: str(value) for name, value in known.items()}:
            return rhythm, until
    return Rhythm.OTHER, until


def event_text(wanted: Wanted, *, uid: str, at: datetime, organiser: str = "") -> str:
    """Write a new event, with the time zone it is said in."""
    event = IEvent()
    event.add("uid", uid)
    event.add("created", _stamp(at))
    _write(event, wanted, at=at, organiser=organiser, sequence=0)
    return whole_of([event])


def changed_text(text: str, wanted: Wanted, *, at: datetime, organiser: str = "") -> str:
    """Write an event again as wanted; what is unknown to us (an alarm, a colour, a category) stays as it was.

    Another day, another hour or another rhythm makes the exceptions of a series meaningless: they go. Else what one of
    them did not say otherwise follows. Raises `Broken`.
    """
    parts = components(text)
    master = parts[0]
    before, was = said_by(master), deepcopy(master)
    _write(master, wanted, at=at, organiser=organiser or before.organiser, sequence=before.sequence + 1)
    after = said_by(master)
    if (before.start, before.end, before.rule) != (after.start, after.end, after.rule):
        for name in ("EXDATE", "RDATE"):
            master.pop(name, None)
        parts = [master]
    for part in parts[1:]:
        _follow(part, was, master)
    return whole_of(parts, like=text)


def _follow(part: Component, was: Component, now: Component) -> None:
    """Write again one exception of a series, whose master changed: its own words, guests and answers stay."""
    for name in ("SUMMARY", "LOCATION", "DESCRIPTION", "CLASS", "ORGANIZER"):
        if part.get(name) == was.get(name):
            part.pop(name, None)
            if name in now:
                part[name] = now[name]
    before, after, own = (attendees_of(one) for one in (was, now, part))
    invited = {email: one for email, one in own.items() if email in after or email not in before}
    invited |= {email: one for email, one in after.items() if email not in before and email not in own}
    part.pop("ATTENDEE", None)
    for one in invited.values():
        part.add("attendee", one)


def without_one(text: str, one: Occurrence, *, at: datetime) -> str:
    """Write a series again without one of its times, moved or not. Raises `Broken`."""
    master, *others = components(text)
    if one.recurrence is None or "RECURRENCE-ID" in master:
        raise Broken("no series")
    when = one.recurrence
    master.add("exdate", instant_of(when).astimezone(PARIS) if isinstance(when, datetime) else when)
    _replace(master, "last-modified", _stamp(at))
    _replace(master, "sequence", said_by(master).sequence + 1)
    return whole_of([master, *(part for part in others if not _is_of(part, when))], like=text)


def one_text(text: str, one: Occurrence) -> str:
    """Write one time of a series alone, as what is said of it by mail. Raises `Broken`."""
    return whole_of([_apart(components(text), one)], like=text)


def _is_of(part: Component, when: date | datetime) -> bool:
    which = recurrence_of(part)
    return which is not None and instant_of(which) == instant_of(when)


def _apart(parts: list[Component], one: Occurrence) -> Component:
    """The part that says one time of a series: the one there is, or as the series says it."""
    if one.recurrence is None:
        raise Broken("no series")
    if (found := next((part for part in parts if _is_of(part, one.recurrence)), None)) is not None:
        return found
    made = deepcopy(parts[0])
    for name in ("RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION"):
        made.pop(name, None)
    _replace(made, "dtstart", one.said.start)
    _replace(made, "dtend", one.said.end)
    made.add("recurrence-id", one.recurrence)
    return made


def answered_text(text: str, email: str, answer: str, *, at: datetime, one: Occurrence | None = None) -> str:
    """Write an event again with what a guest answered, to all its times or to `one` of them.

    Raises `Broken` when they are not among its guests.
    """
    parts = components(text)
    concerned = parts if one is None else [_apart(parts, one)]
    parts += [part for part in concerned if part not in parts]
    seen = False
    for part in concerned:
        if (attendee := attendees_of(part).get(email.lower())) is not None:
            attendee.params["PARTSTAT"] = vText(answer)
            attendee.params.pop("RSVP", None)
            seen = True
        _replace(part, "last-modified", _stamp(at))
    if not seen:
        raise Broken("no such guest")
    return whole_of(parts, like=text)


def is_ours(text: str) -> bool:
    """Say whether this file was last written by our pages, and not by a program, which tells the guests itself."""
    return re.search(rf"(?m)^PRODID:{re.escape(PRODID)}\s*$", text) is not None


def taken_up(text: str, *, at: datetime, organiser: str) -> str:
    """Write again, as ours, an event that a program wrote: the same words, one change later. Raises `Broken`."""
    parts = components(text)
    for part in parts:
        _replace(part, "last-modified", _stamp(at))
        _replace(part, "sequence", said_by(part).sequence + 1)
        if "ATTENDEE" in part and "ORGANIZER" not in part:
            part.add("organizer", vCalAddress(f"mailto:{organiser}"))
    return whole_of(parts, like=text)


def with_status(text: str, status: str, *, at: datetime) -> str:
    """Write an event again as CONFIRMED, TENTATIVE or CANCELLED. Raises `Broken`."""
    parts = components(text)
    for part in parts:
        _replace(part, "status", status)
        _replace(part, "last-modified", _stamp(at))
    return whole_of(parts, like=text)


def message_text(text: str, method: str, *, at: datetime, answers_to: str = "", name: str = "") -> str:
    """Write what leaves by mail (RFC 6047): REQUEST or CANCEL.

    `answers_to`: the address to which the guest's program answers, under this `name`; else whoever organises.
    """
    parts = components(text)
    for part in parts:
        _replace(part, "dtstamp", _stamp(at))
        part.pop("VALARM", None)
        if answers_to:
            address = vCalAddress(f"mailto:{answers_to}")
            address.params["CN"] = vText(name)
            _replace(part, "organizer", address)
        if method == "CANCEL":
            _replace(part, "status", "CANCELLED")
            _replace(part, "sequence", said_by(part).sequence + 1)
        part.subcomponents[:] = [one for one in part.subcomponents if one.name != "VALARM"]
    return whole_of(parts, like=text, method=method)


def gathered(texts: list[str], *, name: str) -> bytes:
    """Write several events as one calendar, with the time zones they are said in."""
    calendar = _calendar()
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Europe/Paris")
    zones: dict[str, Component] = {}
    for text in texts:
        # One description serves them all: that of Paris is ours.
        for zone in ICalendar.from_ical(timezones.by_rules(text, whoever_wrote=True)).walk("VTIMEZONE"):
            zones.setdefault(str(zone.get("TZID")), zone)
    for part in (*zones.values(), *(part for text in texts for part in components(text))):
        calendar.add_component(part)
    timezones.describe_paris(calendar)
    return bytes(calendar.to_ical())


def _stamp(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _replace(part: Component, name: str, value: Any) -> None:
    part.pop(name.upper(), None)
    part.add(name, value)


def _write(event: Component, wanted: Wanted, *, at: datetime, organiser: str, sequence: int) -> None:
    known = {guest.email: guest for guest in (said_by(event).guests if event.get("DTSTART") is not None else ())}
    for name in ("DURATION", "ORGANIZER", "ATTENDEE"):
        event.pop(name, None)
    _replace(event, "dtstamp", _stamp(at))
    _replace(event, "last-modified", _stamp(at))
    _replace(event, "sequence", sequence)
    _replace(event, "dtstart", wanted.start)
    _replace(event, "dtend", wanted.end)
    _replace(event, "summary", wanted.title)
    _replace(event, "class", "PRIVATE" if wanted.is_private else "PUBLIC")
    for name, value in (("location", wanted.place), ("description", wanted.words)):
        event.pop(name.upper(), None)
        if value:
            event.add(name, value)
    if wanted.rhythm != Rhythm.OTHER:
        event.pop("RRULE", None)
        if rule := rule_of(wanted):
            event.add("rrule", vRecur(rule))
    if wanted.guests and organiser:
        event.add("organizer", vCalAddress(f"mailto:{organiser}"))
        for email in wanted.guests:
            event.add("attendee", _attendee(known.get(email.lower(), Guest(email.lower()))))


def _attendee(guest: Guest) -> vCalAddress:
    made = vCalAddress(f"mailto:{guest.email}")
    made.params["ROLE"] = vText("REQ-PARTICIPANT")
    made.params["PARTSTAT"] = vText(guest.answer)
    if guest.answer == "NEEDS-ACTION":
        made.params["RSVP"] = vText("TRUE")
    if guest.name:
        made.params["CN"] = vText(guest.name)
    return made


def _calendar() -> ICalendar:
    calendar = ICalendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    return calendar


def whole_of(parts: list[Component], *, like: str = "", method: str = "") -> str:
    """Write these events, with the time zones that the file they come from describes, and Paris if it forgot."""
    calendar = _calendar()
    if method:
        calendar.add("method", method)
    for zone in ICalendar.from_ical(timezones.by_rules(like)).walk("VTIMEZONE") if like else ():
        calendar.add_component(zone)
    for part in parts:
        calendar.add_component(part)
    timezones.describe_paris(calendar)
    return bytes(calendar.to_ical()).decode()
