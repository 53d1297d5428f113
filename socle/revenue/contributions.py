"""The contributions of a year: what each agreement owes, how it is made, and what keeps it from being called.

A contribution is of one civil year (article 5 of the model): its yearly price, or that of the first year, for the
whole months of service, or the days, as the settings of its VAT regime say. A price that an amendment changes counts
from the day the amendment takes effect; a month is at the price of its first day. A suspension takes off the months, or
the days, that it covers whole. Amounts are `Decimal` euros, rounded once, halves up. Rule 29 of the register.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from itertools import pairwise
from typing import Protocol, cast

from django.db import models
from django.db.models import Prefetch, Q
from django_scopes import scopes_disabled

from socle.agreements.changes import PRICE
from socle.agreements.models import Agreement, ChosenService, Status, Suspension
from socle.lib import dates, siret
from socle.lib.money import euros, to_cents
from socle.lib.text import counted
from socle.programme.models import AgreementType, Programme
from socle.programme.prices import price_of
from socle.revenue.models import CallSettings, Contribution, Debtor

Prorata = CallSettings.Prorata
ONE_DAY = timedelta(days=1)
# Whoever can bring what a line lacks.
MAIRIE, FINANCE, OFFICER = "la mairie", "la personne responsable des finances", "la personne chargée du programme"
# What the model says, until the settings of a regime say otherwise.
PRORATA_SOURCE = "convention, article\u00a05"


class State(models.TextChoices):
    READY = "ready", "prête"
    BLOCKED = "blocked", "bloquée"
    CALLED = "called", "appelée"
    NOTHING = "nothing", "rien à appeler"


@dataclass(frozen=True)
class Rate:
    """A yearly price, from a day on, and which one it is, in words."""

    since: date
    annual: Decimal
    says: str = ""


@dataclass(frozen=True)
class Missing:
    """One thing that a line lacks, in a sentence, and who can bring it."""

    says: str
    who: str


@dataclass(frozen=True)
class Line:
    """An agreement in a year: what it owes before VAT, how that is made, what it lacks or how it was called."""

    agreement: Agreement
    year: int
    net: Decimal
    made: str
    settings: CallSettings | None
    debtor: Debtor
    missing: tuple[Missing, ...] = ()
    called: Contribution | None = None

    @property
    def state(self) -> State:
        if self.called is not None:
            return State.CALLED
        if self.missing:
            return State.BLOCKED
        return State.READY if self.net else State.NOTHING

    @property
    def vat(self) -> Decimal | None:
        return to_cents(self.net * self.settings.vat_rate / 100) if self.settings else None

    @property
    def total(self) -> Decimal | None:
        return self.net + self.vat if self.vat is not None else None

    @property
    def siret(self) -> str:
        """The number under which it is asked: that of the budget which pays, or the body's own."""
        return self.debtor.siret or self.agreement.bound.siret

    @property
    def period(self) -> tuple[date, date]:
        """The first and the last day of the year that the agreement covers."""
        starts_on, ends_on = _term(self.agreement)
        return max(starts_on, date(self.year, 1, 1)), min(ends_on, date(self.year, 12, 31))

    @property
    def drift(self) -> str:
        """In words, the amount of today where it is no longer what was called: the finance package mends such a gap."""
        if self.called is None or self.called.net == self.net:
            return ""
        return (
            f"Aujourd’hui, cette ligne serait de {euros(self.net)} HT\u00a0: l’écart se règle dans le logiciel de "
            "finances, par un titre rectificatif."
        )


@dataclass(frozen=True)
class Period:
    """The lines of a year, and their totals."""

    year: int
    lines: Sequence[Line]

    @cached_property
    def counts(self) -> Counter[State]:
        return Counter(line.state for line in self.lines)

    def of(self, state: State) -> list[Line]:
        return [line for line in self.lines if line.state == state]

    @property
    def ready_total(self) -> Decimal:
        return _sum(line.total for line in self.of(State.READY))

    @property
    def called(self) -> Decimal:
        return _sum(line.called.total for line in self.lines if line.called)

    @property
    def collected(self) -> Decimal:
        return _sum(line.called.collected for line in self.lines if line.called)

    @property
    def outstanding(self) -> Decimal:
        """The sum left to collect: all of a line of which nothing was read back."""
        calls = [line.called for line in self.lines if line.called]
        return _sum(one.total if one.outstanding is None else one.outstanding for one in calls)


def period(programme: Programme, year: int, *, on: date) -> Period:
    """The contributions of a year of a programme, as they stand on a day: a few queries, however many agreements."""
    with scopes_disabled():  # The lead calls those of the whole programme.
        called = {one.agreement_id: one for one in _called(programme, year)}
        settings = {one.vat_regime: one for one in CallSettings.objects.filter(programme=programme)}
        debtors = {one.beneficiary_id: one for one in Debtor.objects.all()}
        lines = []
        for agreement in _agreements(programme, year):
            ours = settings.get(agreement.vat_regime)
            net, made = due(agreement, year, settings=ours, on=on)
            debtor = debtors.get(agreement.bound.pk) or Debtor(beneficiary=agreement.bound)
            line = Line(agreement, year, net, made, ours, debtor, called=called.get(agreement.pk))
            # Where nothing is owed, and where all has left, nothing is asked of anybody.
            is_asked = net and line.called is None
            lines.append(replace(line, missing=tuple(what_is_missing(line, on=on))) if is_asked else line)
    return Period(year, lines)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def years_of(programme: Programme, *, on: date) -> list[int]:
    """The years that may be called, the last one first: from that of the first agreement to this one."""
    with scopes_disabled():  # As above.
        first = Agreement.objects.filter(programme=programme).aggregate(first=models.Min("starts_on"))["first"]
    return list(range(on.year, min(first.year if first else on.year, on.year) - 1, -1))


def _called(programme: Programme, year: int) -> models.QuerySet[Contribution]:
    return Contribution.objects.filter(agreement__programme=programme, year=year)


class Owing(Protocol):
    """Rows beside an agreement that tell what it owes, read for all of them at once: `_agreements`."""

    concluded: list[Agreement]
    stops: list[Suspension]
    options: list[ChosenService]


def _beside(agreement: Agreement) -> Owing:
    return cast(Owing, agreement)


def _agreements(programme: Programme, year: int) -> models.QuerySet[Agreement]:
    """Those in force in a year, or called for it, by number, with all that tells what they owe."""
    in_force = Q(
        status__in=(Status.SIGNED, Status.ENDED), starts_on__lte=date(year, 12, 31), ends_on__gte=date(year, 1, 1)
    )
    amendments = Agreement.every.filter(status=Status.SIGNED).order_by("starts_on", "pk")
    options = ChosenService.objects.filter(service__extra_price__isnull=False).select_related("service")
    return (
        Agreement.objects.filter(in_force | Q(pk__in=_called(programme, year).values("agreement")), programme=programme)
        .select_related("beneficiary", "assessment")
        .prefetch_related(
            Prefetch("type", AgreementType.objects.prefetch_related("strata")),
            Prefetch("amended_by", amendments, to_attr="concluded"),
            Prefetch("suspensions", Suspension.objects.order_by("effective_on"), to_attr="stops"),
            Prefetch("choices", options, to_attr="options"),
        )
        .order_by("number")
    )


def due(agreement: Agreement, year: int, *, settings: CallSettings | None, on: date) -> tuple[Decimal, str]:
    """Return what an agreement owes for a year before VAT, and how it is made in French."""
    by_days = settings is not None and settings.prorata == Prorata.DAYS
    stopped = [
        (one.effective_on, one.lifted_on or date(year + 1, 1, 1))
        for one in _beside(agreement).stops
        # One that lasts takes nothing off: its line waits until it is known.
        if one.lifted_on is not None or on.year > year
    ]
    rates, detail = _rates(agreement, year)
    term = starts_on, ends_on = _term(agreement)
    parts = spread(year, term=term, rates=rates, stopped=stopped, by_days=by_days)
    whole = (366 if isleap(year) else 365) if by_days else 12
    net = to_cents(sum((rate.annual * count for rate, count in parts), Decimal(0)) / whole)
    unit = "jour" if by_days else "mois entier"
    says = [
        f"{euros(rate.annual)} par an{f' ({rate.says})' if rate.says else ''}, pour "
        + ("l’année entière" if count == whole else f"{_counted(count, unit)} sur\u00a0{whole}")
        for rate, count in parts
    ] or [f"aucun {unit} de service"]
    if starts_on.year == year:
        says.append(f"prend effet le {dates.in_words(starts_on)}")
    if ends_on.year == year:
        says.append(f"prend fin le {dates.in_words(ends_on)}")
    for off, back in stopped:
        if off <= date(year, 12, 31) and back > date(year, 1, 1) and back > off:
            last = back - ONE_DAY
            says.append(
                f"suspendue {dates.in_days(off, last)}" if off < last else f"suspendue le {dates.in_words(off)}"
            )
    if sum(count for _, count in parts) < whole:
        says.append(f"prorata\u00a0: {settings.prorata_source if settings else PRORATA_SOURCE}")
    if detail:
        says.append(detail[0].lower() + detail[1:])
    words = "\u00a0; ".join(says)
    return net, f"{words[0].upper()}{words[1:]}."


def _term(agreement: Agreement) -> tuple[date, date]:
    """The first and the last day of an agreement that was concluded."""
    assert agreement.starts_on is not None
    assert agreement.ends_on is not None
    return agreement.starts_on, agreement.ends_on


def spread(
    year: int,
    *,
    term: tuple[date, date],
    rates: Sequence[Rate],
    stopped: Sequence[tuple[date, date]] = (),
    by_days: bool = False,
) -> list[tuple[Rate, int]]:
    """How many months, or days, of a year are due at each rate, in order.

    `term` is the first and the last day of service, `stopped` the day each suspension begins and that of its return.
    """
    counts: Counter[Rate] = Counter()
    if by_days:
        cuts = [term[0], term[1] + ONE_DAY, *(rate.since for rate in rates), *(day for days in stopped for day in days)]
        pieces = _days(year, cuts)
    else:
        pieces = _months(year)
    for first, last, units in pieces:
        is_whole = term[0] <= first and last <= term[1]
        if is_whole and not any(off <= first and last < back for off, back in stopped):
            counts[[rate for rate in rates if rate.since <= first][-1]] += units
    return list(counts.items())


# The first and the last day of a piece of a year, and how many months, or days, it counts for.
Piece = tuple[date, date, int]


@cache
def _months(year: int) -> list[Piece]:
    return [(date(year, month, 1), date(year, month, monthrange(year, month)[1]), 1) for month in range(1, 13)]


def _days(year: int, cuts: Iterable[date]) -> list[Piece]:
    """The days of a year, together as long as nothing changes among them."""
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    days = sorted({first, end, *(day for day in cuts if first < day < end)})
    return [(since, until - ONE_DAY, (until - since).days) for since, until in pairwise(days)]


def _rates(agreement: Agreement, year: int) -> tuple[list[Rate], str]:
    """The yearly prices of an agreement, from its own to that of its last amendment, and how the programme makes it.

    The first year is that of the start. Its price is the programme's: one agreed on apart has no other first year.
    """
    start, rates = agreement.annual_price, [Rate(date.min, agreement.annual_price)]
    for one in _beside(agreement).concluded:
        before = {clause: words for clause, words, _ in one.changes}.get(PRICE)
        if before is None or one.starts_on is None:
            continue
        if len(rates) == 1:
            # Concluded, it wrote its price on the agreement: what that was is in its own words.
            start = _read(before)
            rates = [Rate(date.min, start)]
        rates.append(Rate(one.starts_on, one.annual_price, f"avenant n°\u00a0{one.number}"))
    kept = agreement.assessment
    price = price_of(
        agreement.type,
        population=kept.population if kept else None,
        services=[choice.service for choice in _beside(agreement).options],
    )
    if price is None or price.annual not in (start, agreement.annual_price):
        return rates, ""
    if _term(agreement)[0].year == year and (more := price.first_year - price.annual):
        rates = [
            Rate(rate.since, rate.annual + more, ", ".join(filter(None, ("première année", rate.says))))
            for rate in rates
        ]
    return rates, price.detail


def _read(amount: str) -> Decimal:
    """Read « 1 234,50 € » again, as `money.euros` writes it."""
    return Decimal(re.sub(r"[^0-9,-]", "", amount).replace(",", "."))


def _counted(count: int, unit: str) -> str:
    """« 1 mois entier », « 9 mois entiers », « 31 jours »."""
    if unit == "jour":
        return counted(count, unit)
    return f"{count}\u00a0mois entier{'s' if count > 1 else ''}"


def _is_suspended(agreement: Agreement, year: int, *, on: date) -> bool:
    """Whether a suspension runs, or is to come, whose end within the year nobody knows yet."""
    last = date(year, 12, 31)
    return on <= last and any(one.lifted_on is None and one.effective_on <= last for one in _beside(agreement).stops)


def what_is_missing(line: Line, *, on: date) -> list[Missing]:
    """List what keeps a line from being exported, each with who can bring it. Rule 29."""
    found, debtor = [], line.debtor
    if not line.siret:
        found.append(Missing("Le SIRET du débiteur manque.", MAIRIE))
    elif siret.why_not_siret(line.siret):
        found.append(Missing("Le SIRET du débiteur est faux\u00a0: il est à vérifier.", MAIRIE))
    if not line.agreement.number:
        found.append(Missing("Le numéro de la convention manque.", OFFICER))
    if not line.agreement.vat_regime.strip():
        found.append(Missing("La convention ne dit pas son régime de TVA.", OFFICER))
    elif line.settings is None:
        regime = line.agreement.vat_regime
        found.append(Missing(f"Le taux de TVA du régime «\u00a0{regime}\u00a0» n’est pas noté.", FINANCE))
    if debtor.is_service_code_required and not debtor.service_code:
        found.append(Missing("Le code service que ce débiteur exige manque.", MAIRIE))
    if debtor.is_engagement_required and not (debtor.engagement and debtor.engagement_year == line.year):
        found.append(Missing(f"Le numéro d’engagement de {line.year} que ce débiteur exige manque.", MAIRIE))
    if _is_suspended(line.agreement, line.year, on=on):
        says = (
            f"La convention est suspendue\u00a0: ce qui est dû pour {line.year} se sait quand la suspension est levée."
        )
        found.append(Missing(says, OFFICER))
    return found
