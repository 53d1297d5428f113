"""Days and instants as French readers expect them. Instants are aware; the calendar of record is Europe/Paris."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def day_of(at: datetime) -> date:
    """Return the legal day (Europe/Paris) of an aware instant."""
    if at.tzinfo is None:
        raise ValueError("an instant must be aware")
    return at.astimezone(PARIS).date()


def bounds_of(on: date) -> tuple[datetime, datetime]:
    """Return the first instant of a legal day (Europe/Paris) and that of the next; a day of 23 or 25 hours included."""
    return datetime.combine(on, time(), PARIS), datetime.combine(on + timedelta(days=1), time(), PARIS)


def in_words(on: date) -> str:
    """Return « 1er décembre 2026 », with no-break spaces."""
    day = "1er" if on.day == 1 else str(on.day)
    return f"{day}\u00a0{MONTHS[on.month - 1]}\u00a0{on.year}"


def weekday_in_words(on: date) -> str:
    """Return « mardi 1er décembre 2026 », with no-break spaces inside the date."""
    return f"{DAYS[on.weekday()]} {in_words(on)}"


def in_days(first: date, last: date) -> str:
    """Return « le mardi 1er décembre 2026 », « du 1er au 15 août 2026 », « du 28 juillet au 3 août 2026 »."""
    if first == last:
        return f"le {weekday_in_words(first)}"
    end = in_words(last)
    day, month, _ = in_words(first).split("\u00a0")
    if (first.year, first.month) == (last.year, last.month):
        return f"du {day} au {end}"
    if first.year == last.year:
        return f"du {day}\u00a0{month} au {end}"
    return f"du {in_words(first)} au {end}"


def at_in_words(at: datetime) -> str:
    """Return « 25 novembre 2026 à 14 h 05 », Paris time, with no-break spaces."""
    local = at.astimezone(PARIS)
    return f"{in_words(local.date())} à {local.hour}\u00a0h\u00a0{local.minute:02d}"


def length_in_words(days: int) -> str:
    """Return how long this lasts: « un an », « 3 ans », « 30 jours »."""
    years, rest = divmod(days, 365)
    if years and not rest:
        return "un an" if years == 1 else f"{years}\u00a0ans"
    return f"{days}\u00a0jours" if days > 1 else f"{days}\u00a0jour"


def add_months(on: date, months: int) -> date:
    """Return the same day `months` later, or the last day of a shorter month."""
    index = on.month - 1 + months
    year, month = on.year + index // 12, index % 12 + 1
    return date(year, month, min(on.day, calendar.monthrange(year, month)[1]))


def next_weekday(weekday: int, after: date) -> date:
    """Return the first day of this name (Monday is 1) after a day."""
    return after + timedelta(days=(weekday - after.isoweekday() - 1) % 7 + 1)
