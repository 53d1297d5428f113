"""Actions on the collection of waste of a site: rounds, moved days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.dates import add_months, day_of, in_words
from socle.lib.refusals import refuse
from socle.lib.text import slug
from socle.people.models import User
from socle.sections.waste.models import FURTHEST_SHIFT, WasteRound, WasteRow, WasteShift, plan_of
from socle.sites.holidays import holidays_from
from socle.sites.models.sites import WebSite
from socle.sites.publishing.actions import changed

# More lines than any commune has: beyond, a form was sent by mistake, again and again.
MOST_ROWS = 200
FURTHEST_MONTHS = 24
# How far ahead a day to move is chosen in a list, and not typed.
MOVABLE = timedelta(days=60)


# --- Rules -----------------------------------------------------------------------------------------------------------
def why_not_add_round(round_: WasteRound) -> str | None:
    """Say why this round cannot be added."""
    if round_.sector and not slug(round_.sector):
        return "Écrivez le secteur avec des lettres ou des chiffres\u00a0: il devient l’adresse d’une page."
    if round_.starts_on and round_.ends_on and round_.ends_on < round_.starts_on:
        return "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates."
    same = WasteRound.objects.filter(
        website=round_.website,
        kind=round_.kind,
        sector=round_.sector,
        day=round_.day,
        rhythm=round_.rhythm,
        starts_on=round_.starts_on,
        ends_on=round_.ends_on,
    ).exclude(pk=round_.pk)
    if same.exists():
        return "Cette tournée est déjà dans la liste."
    return _why_too_many(round_)


def why_not_shift(shift: WasteShift, *, on: date) -> str | None:
    """Say why these collections cannot be moved so."""
    if shift.usual_on < on:
        return "Ce jour est passé\u00a0: choisissez une date à venir."
    if shift.usual_on > add_months(on, FURTHEST_MONTHS):
        return "Cette date est à plus de deux ans\u00a0: vérifiez l’année."
    if shift.moved_on is not None and abs(shift.moved_on - shift.usual_on) > timedelta(days=FURTHEST_SHIFT):
        return f"Une collecte se déplace de {FURTHEST_SHIFT} jours au plus\u00a0: vérifiez les deux dates."
    if WasteShift.objects.filter(website=shift.website, usual_on=shift.usual_on).exclude(pk=shift.pk).exists():
        return f"Le {in_words(shift.usual_on)} est déjà déplacé\u00a0: modifiez plutôt ce qui est dit."
    return _why_too_many(shift)


def _why_too_many(row: WasteRow) -> str | None:
    if row.pk is None and type(row)._default_manager.filter(website=row.website).count() >= MOST_ROWS:
        return f"Il y en a déjà {MOST_ROWS}\u00a0: retirez ce qui ne sert plus."
    return None


def _why_not(row: WasteRow, *, on: date) -> str | None:
    return why_not_add_round(row) if isinstance(row, WasteRound) else why_not_shift(row, on=on)  # type: ignore[arg-type]


# --- Actions ---------------------------------------------------------------------------------------------------------
# The word that the journal keeps of each kind of row.
WORDS: dict[type[WasteRow], str] = {WasteRound: "round", WasteShift: "shift"}
# What people write of each.
WRITTEN: dict[type[WasteRow], tuple[str, ...]] = {
    WasteRound: ("kind", "day", "rhythm", "sector", "advice", "starts_on", "ends_on"),
    WasteShift: ("usual_on", "moved_on", "reason"),
}


@transaction.atomic
def add(row: WasteRow, *, by: User, at: datetime) -> WasteRow:
    """Add a round or a moved day, everywhere the site says it. Raises Refused."""
    refuse(_why_not(row, on=day_of(at)))
    row.added_at = at
    row.save(force_insert=True)
    changed(row.website_id, "waste", at=at)
    journal.record("website.waste_added", row.website, by=by, at=at, kind=WORDS[type(row)], row=row.pk)
    return row


@transaction.atomic
def change(row: WasteRow, *, by: User, at: datetime) -> WasteRow:
    """Correct a round or a moved day, in one gesture: the site never says anything else meanwhile. Raises Refused."""
    refuse(_why_not(row, on=day_of(at)))
    row.save(update_fields=WRITTEN[type(row)])
    changed(row.website_id, "waste", at=at)
    journal.record("website.waste_changed", row.website, by=by, at=at, kind=WORDS[type(row)], row=row.pk)
    return row


@transaction.atomic
def remove(row: WasteRow, *, by: User, at: datetime) -> None:
    """Take a row off the site, for good: it is written again in a minute."""
    changed(row.website_id, "waste", at=at)
    journal.record("website.waste_removed", row.website, by=by, at=at, kind=WORDS[type(row)], row=row.pk)
    row.delete()


def movable(website: WebSite, *, on: date) -> list[tuple[date, str]]:
    """Return the days to come on which something is collected, with what: those of which nothing is said yet."""
    plan = plan_of(website)
    said = {shift.usual_on for shift in plan.shifts}
    kinds: dict[date, dict[str, None]] = {}
    for one in plan.rounds:
        for day in one.days(on, on + MOVABLE):
            kinds.setdefault(day, {})[one.get_kind_display()] = None
    return [(day, ", ".join(found)) for day, found in sorted(kinds.items()) if day not in said]


@dataclass(frozen=True)
class Touched:
    """A public holiday on which something is collected, and of which nothing is said."""

    on: date
    name: str


def touched_holidays(website: WebSite, *, on: date) -> list[Touched]:
    """Return the public holidays of the year to come that fall on a collection; two of one day make one line."""
    plan = plan_of(website)
    last = on + timedelta(days=365)
    usual = {day for one in plan.rounds for day in one.days(on, last)}
    said = {shift.usual_on for shift in plan.shifts}
    found: dict[date, str] = {}
    for holiday in holidays_from(on):
        if holiday.on in usual and holiday.on not in said:
            found[holiday.on] = f"{found[holiday.on]}, {holiday.name}" if holiday.on in found else holiday.name
    return [Touched(day, name) for day, name in found.items()]


@transaction.atomic
def shift_holidays(
    website: WebSite, choices: Iterable[tuple[date, date | None]], *, by: User, at: datetime
) -> list[WasteRow]:
    """Say when what falls on these holidays is collected; those of which something is already said are left out."""
    proposed = {touched.on: touched.name for touched in touched_holidays(website, on=day_of(at))}
    return [
        add(WasteShift(website=website, usual_on=usual_on, moved_on=moved_on, reason=proposed[usual_on]), by=by, at=at)
        for usual_on, moved_on in choices
        if usual_on in proposed
    ]
