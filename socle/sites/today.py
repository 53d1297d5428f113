"""Whether the mairie is open: what the first screen says of the day, and what it says as the hours pass.

A site is files, made anew each midnight: they say the day. What to say from one hour to the next is in them as well,
and a few lines of script choose by the reader's clock (`static/websites/today.js`); the rule is here alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from socle.lib.dates import DAYS, MONTHS
from socle.lib.hours import from_to, hour
from socle.sites.models.notices import ExceptionalDay
from socle.sites.models.sites import WeekOpening

# How far the next opening is looked for: a closure of a summer is shorter.
FURTHEST = 60
# A file is made anew each midnight; a page kept by a browser, or a platform stopped, is right for so many days.
AHEAD = 4
# After them.
OLD = "Voir les horaires"


@dataclass(frozen=True)
class Opening:
    """From one hour to another of a day; the mairie may add a word to it: « sur rendez-vous »."""

    opens: time
    closes: time
    note: str = ""

    @property
    def aside(self) -> str:
        return f" ({self.note})" if self.note else ""


Openings = Callable[[date], list[Opening]]


def openings_of(week: Sequence[WeekOpening], exceptional_days: Sequence[ExceptionalDay]) -> Openings:
    """Return what gives the openings of a day: those of the exceptional day that holds it, else those of the week."""

    def on(day: date) -> list[Opening]:
        for one in exceptional_days:
            if one.starts_on <= day <= one.ends_on:
                return [Opening(span.opens, span.closes) for span in one.spans]
        return [Opening(one.opens, one.closes, one.note) for one in week if one.day == day.isoweekday()]

    return on


def day_in_words(openings: Openings, on: date) -> str:
    """Say a day: « Aujourd’hui : 9 h – 12 h ; 14 h – 17 h », « Aujourd’hui : fermé, ouvre mardi à 9 h »."""
    if spans := openings(on):
        said = "\u00a0; ".join(f"{from_to(one.opens, one.closes)}{one.aside}" for one in spans)
        return f"Aujourd’hui\u00a0: {said}"
    return f"Aujourd’hui\u00a0: fermé{_opens_next(openings, on, time.max)}"


def hour_in_words(openings: Openings, on: date, at: time) -> str:
    """Say an hour of a day: « Ouvert jusqu’à 17 h », « Fermé, ouvre à 14 h », « Fermé, ouvre mardi à 9 h »."""
    for one in openings(on):
        if one.opens <= at < one.closes:
            return f"Ouvert jusqu’à {hour(one.closes)}{one.aside}"
    return f"Fermé{_opens_next(openings, on, at)}"


def _opens_next(openings: Openings, on: date, at: time) -> str:
    for ahead in range(FURTHEST):
        day = on + timedelta(days=ahead)
        for one in openings(day):
            if ahead or one.opens > at:
                return f", ouvre {_name(day, ahead)}à {hour(one.opens)}{one.aside}"
    return ""


def _name(day: date, ahead: int) -> str:
    if ahead < 7:
        return ("", "demain ")[ahead] if ahead < 2 else f"{DAYS[day.weekday()]} "
    number = "1er" if day.day == 1 else str(day.day)
    return f"le {DAYS[day.weekday()]} {number}\u00a0{MONTHS[day.month - 1]} "


def hours_ahead(openings: Openings, on: date) -> str:
    """Return what to say from each instant on, Paris time: « 2026-11-30T09:00=Ouvert jusqu’à 12 h|… »."""
    said: list[str] = []
    for ahead in range(AHEAD):
        day = on + timedelta(days=ahead)
        moments = {time(), *(moment for one in openings(day) for moment in (one.opens, one.closes))}
        for at in sorted(moments):
            said.append(
                f"{datetime.combine(day, at):%Y-%m-%dT%H:%M}={hour_in_words(openings, day, at).replace('|', '/')}"
            )
    return "|".join([*said, f"{on + timedelta(days=AHEAD)}T00:00={OLD}"])
