"""Dates and rhythms of events and bookings, in French."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from socle.agenda.reading import Occurrence, Said
from socle.agenda.writing import Rhythm, rhythm_of
from socle.lib.dates import PARIS, in_days, in_words, weekday_in_words


def hour(at: datetime) -> str:
    """Return « 14 h » or « 14 h 05 », Paris time."""
    local = at.astimezone(PARIS)
    return f"{local.hour}\u00a0h" + (f"\u00a0{local.minute:02d}" if local.minute else "")


def hours_of(start: datetime, end: datetime) -> str:
    """Return « de 14 h à 15 h 30 », or « à 14 h » for what has no length."""
    return f"à {hour(start)}" if start == end else f"de {hour(start)} à {hour(end)}"


def when_of(said: Said) -> str:
    """Return when an event takes place: its days, its hours, and how it comes back."""
    start, end = said.start, said.end
    if isinstance(start, datetime) and isinstance(end, datetime):
        first, last = start.astimezone(PARIS), end.astimezone(PARIS)
        if first.date() == last.date() or last == first:
            when = f"{weekday_in_words(first.date())}, {hours_of(first, last)}"
        else:
            when = (
                f"du {weekday_in_words(first.date())} à {hour(first)} au {weekday_in_words(last.date())} à {hour(last)}"
            )
    else:
        day = start.date() if isinstance(start, datetime) else start
        until = end.date() if isinstance(end, datetime) else end
        last_day = max(day, until - timedelta(days=1))
        when = weekday_in_words(day) if day == last_day else in_days(day, last_day)
    return f"{when}{rhythm_words(said)}"


def rhythm_words(said: Said) -> str:
    """Return « , chaque semaine jusqu’au 3 juin 2027 », or nothing for what happens once."""
    rhythm, until = rhythm_of(said)
    if rhythm == Rhythm.ONCE:
        return ""
    words = {
        Rhythm.DAILY: "chaque jour",
        Rhythm.WEEKLY: "chaque semaine",
        Rhythm.FORTNIGHTLY: "une semaine sur deux",
        Rhythm.MONTHLY: "chaque mois, le même jour de la semaine",
        Rhythm.MONTHLY_DATE: "chaque mois, à la même date",
        Rhythm.YEARLY: "chaque année",
    }.get(rhythm, "à répétition")
    return f", {words}" + (f" jusqu’au {in_words(until)}" if until else "")


def hours_on(one: Occurrence, day: date) -> str:
    """Return the hours of one time as a day shows them: « 14 h – 15 h », « toute la journée », « jusqu’à 9 h »."""
    if one.said.is_all_day:
        return "toute la journée"
    if one.first_day == one.last_day:
        return hour(one.start) if one.start == one.end else f"{hour(one.start)}\u00a0–\u00a0{hour(one.end)}"
    if day == one.first_day:
        return f"dès {hour(one.start)}"
    return f"jusqu’à {hour(one.end)}" if day == one.last_day else "toute la journée"
