"""When the mairie is open, in the words of whoever looks for it: « ouvert », « horaires », « 24 décembre »."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from socle.lib.dates import weekday_in_words
from socle.lib.hours import from_to
from socle.sites.frame import exceptional_words, spans_in_words, week_of
from socle.sites.models.notices import ExceptionalDay
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on

# A closure is said day by day, so that any of them leads to it; a longer one is found by its first days and its end.
MOST_DAYS = 31


def hours_of(website: WebSite, *, on: date) -> Iterator[str]:
    """Say the week of the mairie, then its exceptional days that are not past."""
    depend_on("hours")
    is_commune = website.beneficiary.commune is not None
    closed = "fermée" if is_commune else "fermé"
    week = week_of(website.facts)
    of_office = "de la mairie" if is_commune else "des bureaux"
    if not any(day.openings for day in week):
        yield f"Horaires {of_office}\u00a0: pas encore indiqués."
    else:
        yield f"Horaires {of_office}."
        for day in week:
            spans = "\u00a0; ".join(from_to(one.opens, one.closes) for one in day.openings)
            yield f"{day.name.capitalize()}\u00a0: {f'ouvert {spans}' if spans else 'fermé'}."
    if website.facts.hours_note:
        yield website.facts.hours_note
    exceptional = list(ExceptionalDay.objects.kept().not_past(on).filter(website=website))
    if exceptional:
        # Past, they leave by themselves.
        depend_on("day")
    for one in exceptional:
        yield f"{exceptional_words(one, is_commune=is_commune)}{f' ({one.reason})' if one.reason else ''}."
        said = closed if one.is_closed else f"ouvert {spans_in_words(one)}"
        count = min((one.ends_on - one.starts_on).days + 1, MOST_DAYS)
        days = (one.starts_on + timedelta(days=rank) for rank in range(count))
        yield f"{', '.join(weekday_in_words(day) for day in days)}\u00a0: {said}.".capitalize()
