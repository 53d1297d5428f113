"""The public holidays of France, computed: nothing to renew each year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter

# Said on the screen that proposes them. Alsace and Moselle have two more, which their own law gives: not proposed here.
SOURCE = "Code du travail, article L.\u00a03133-1"

ALSACE_MOSELLE = ("57", "67", "68")


@dataclass(frozen=True)
class Holiday:
    """One public holiday."""

    on: date
    name: str


def holidays_of(year: int) -> list[Holiday]:
    """Return the eleven public holidays of a year, in order."""
    sunday = easter(year)
    found = [
        Holiday(date(year, 1, 1), "Jour de l’An"),
        Holiday(sunday + timedelta(days=1), "Lundi de Pâques"),
        Holiday(date(year, 5, 1), "Fête du Travail"),
        Holiday(date(year, 5, 8), "Victoire de 1945"),
        Holiday(sunday + timedelta(days=39), "Ascension"),
        Holiday(sunday + timedelta(days=50), "Lundi de Pentecôte"),
        Holiday(date(year, 7, 14), "Fête nationale"),
        Holiday(date(year, 8, 15), "Assomption"),
        Holiday(date(year, 11, 1), "Toussaint"),
        Holiday(date(year, 11, 11), "Armistice de 1918"),
        Holiday(date(year, 12, 25), "Noël"),
    ]
    return sorted(found, key=lambda holiday: (holiday.on, holiday.name))


def holidays_from(on: date, *, days: int = 365) -> list[Holiday]:
    """Return the public holidays from this day, over so many days. Two may fall on one day: both are there."""
    last = on + timedelta(days=days)
    return [
        holiday for year in range(on.year, last.year + 1) for holiday in holidays_of(year) if on <= holiday.on < last
    ]


def working_day_after(on: date, count: int) -> date:
    """Return the day on which so many working days have passed: neither Saturdays, Sundays nor public holidays."""
    day = on
    while count > 0:
        day += timedelta(days=1)
        if day.isoweekday() < 6 and all(day != holiday.on for holiday in holidays_of(day.year)):
            count -= 1
    return day
