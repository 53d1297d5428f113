"""Rules of recurrence that no calendar needs and that cost hours to whoever computes them, refused before they are.

Read from the lines of a file, as whoever will compute them reads these lines: a task, a note and a time zone have rules
too, and libraries compute those of a time zone while they read it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from dateutil.rrule import rrulestr

from socle.lib.text import whole

# How many times an event may come back.
MOST_TIMES = 1_500
# More than one a day is no use of a calendar, and is how one of a few bytes costs hours.
TOO_OFTEN = {"HOURLY", "MINUTELY", "SECONDLY"}
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
# What the hours of a place change by: a few days a year.
OF_A_ZONE = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYSETPOS"}
CHANGES_OF_HOURS = {"STANDARD", "DAYLIGHT"}
# The calendar is the same again every four hundred years; libraries count until the last year of four digits.
CYCLE, LAST_YEAR_COUNTED = 400, 9999 - 44

UNREADABLE = "La répétition de cet événement ne se lit pas\u00a0: choisissez chaque jour, semaine, mois ou année."
SEVERAL_A_DAY = "Cet événement se répéterait plusieurs fois par jour\u00a0: un agenda en accepte une par jour au plus."
SEVERAL_RULES = "Cet événement a plusieurs répétitions à la fois\u00a0: faites-en autant d’événements."
EXCLUDED = "Cet événement écarte des jours par une règle\u00a0: retirez plutôt chacun de ces jours."
NEVER = "La répétition de cet événement ne tombe jamais\u00a0: vérifiez le jour et le mois."
NO_ZONE = "Le fuseau horaire de cet événement est mal écrit\u00a0: choisissez l’heure de Paris."
BADLY_COUNTED = "La répétition de cet événement ne se lit pas\u00a0: vérifiez le nombre de fois."

# As a name may be cut in two lines, or a line by what libraries leave out.
_LEFT_OUT, _RULED = re.compile(r"[\s\x00-\x20=]+"), re.compile("RRULE|RDATE|EXRULE", re.IGNORECASE)
_SUSPECT = re.compile("SECONDLY|MINUTELY|HOURLY|EXRULE", re.IGNORECASE)


def is_endless(text: str) -> bool:
    """Whether a file that is there already, however it came, must not be computed; at the cost of one reading."""
    return _SUSPECT.search(text) is not None


def may_repeat(text: str) -> bool:
    """Whether a file may hold a rule or a date of recurrence, however its lines are read; False: it holds none."""
    return _RULED.search(_LEFT_OUT.sub("", text)) is not None


def why_endless(lines: Iterable[tuple[str, str]]) -> str | None:
    """Refuse a file whose lines, as pairs of a name and a value, hold a rule or dates without bound."""
    within: list[_Part] = []
    dates = 0
    for name, value in ((name.upper(), value.strip()) for name, value in lines):
        if name == "BEGIN":
            within.append(_Part(value.upper()))
        elif name == "END" and within:
            if sentence := within.pop().why_not():
                return sentence
        elif name == "EXRULE":
            return EXCLUDED
        elif name == "RDATE":
            dates += value.count(",") + 1
            if dates > MOST_TIMES:
                return too_many(dates)
        elif within and name == "RRULE":
            within[-1].rules.append(value)
        elif within and name == "DTSTART":
            within[-1].start = value
    return next((sentence for part in within if (sentence := part.why_not())), None)


def too_many(times: int) -> str:
    return f"Cet événement se répéterait {times} fois\u00a0: un agenda en accepte {MOST_TIMES} au plus."


class _Part:
    """A component (VEVENT, VTIMEZONE…) while its lines are read."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.rules: list[str] = []
        self.start = ""

    def why_not(self) -> str | None:
        if len(self.rules) > 1:
            return SEVERAL_RULES
        for rule in self.rules:
            why_not = why_not_change_hours if self.kind in CHANGES_OF_HOURS else why_not_repeat
            if sentence := why_not(rule):
                return sentence
            if _never_falls(rule, self.start):
                return NEVER
        return None


def why_not_repeat(rule: str) -> str | None:
    """Refuse a rule of recurrence that no page could show and no client should compute."""
    # Libraries read several rules in one that holds a space or a colon.
    if re.search(r"[\s:]", rule):
        return UNREADABLE
    parts = _parts(rule)
    frequency = parts.get("FREQ", "")
    if frequency in TOO_OFTEN:
        return SEVERAL_A_DAY
    if frequency not in FREQUENCIES:
        return UNREADABLE
    if any(name in parts for name in WITHIN_A_DAY):
        return SEVERAL_A_DAY
    count, interval = whole(parts.get("COUNT", "1")), whole(parts.get("INTERVAL", "1"))
    if count is None or not interval:
        return BADLY_COUNTED
    return too_many(count) if count > MOST_TIMES else None


def why_not_change_hours(rule: str) -> str | None:
    """Refuse a rule by which the hours of a place would change more often than a few times a year."""
    if why_not_repeat(rule):
        return NO_ZONE
    parts = _parts(rule)
    days_of_no_month = "BYMONTH" not in parts and ("BYDAY" in parts or "BYMONTHDAY" in parts)
    is_wrong = parts["FREQ"] != "YEARLY" or parts.keys() - OF_A_ZONE or "," in parts.get("BYMONTH", "")
    return NO_ZONE if is_wrong or days_of_no_month else None


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)


@lru_cache(maxsize=512)  # Every event of a program describes the same time zone.
def _never_falls(rule: str, start: str) -> bool:
    """Whether no day answers this rule (a 30th of February): who computes it looks until the end of time.

    Looked for at the end of time at once, on the years that are the same.
    """
    plain = ";".join(part for part in rule.split(";") if not part.upper().startswith(("UNTIL=", "COUNT=")))
    try:
        begin = datetime.strptime(start[:8], "%Y%m%d").replace(tzinfo=UTC)
        moved = begin.replace(year=begin.year + CYCLE * ((LAST_YEAR_COUNTED - begin.year) // CYCLE))
        return next(iter(rrulestr(plain, dtstart=moved)), None) is None
    except (ValueError, TypeError, OverflowError, KeyError, IndexError):
        return False  # Written badly: said by who reads the rest.
