"""The accessory-activity meter: what share of an operator's receipts its agreements bring, realised and to come.

R1, the accessory share, is of one year and has the ceiling that the operator voted, or none. R2, the open-market share
of a cooperation (CCP, L. 2511-6), is of three years, under 20 %, and is no ceiling of anybody's deliberation. Amounts
are `Decimal` euros; a share is a fraction, shown in per cent to two places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import Max, Sum
from django_scopes import scopes_disabled

from socle.agreements.contract import Caution
from socle.agreements.models import IN_PREPARATION, Agreement, Status
from socle.lib.money import euros
from socle.lib.text import in_sentence
from socle.people.models import Membership, Operator, Role
from socle.programme.models import Partner
from socle.revenue.models import Ceiling, Receipt

Kind, State = Receipt.Kind, Receipt.State
# Warned at so much of the ceiling; the open-market share is to stay strictly below the other.
WARNED_AT, OPEN_MARKET_BELOW, YEARS_OF_OPEN_MARKET = Decimal("0.8"), Decimal("0.2"), 3


@dataclass(frozen=True)
class Share:
    """A part of a whole, in euros, and where each figure is read; no share of a whole that is unknown or nought."""

    part: Decimal | None
    whole: Decimal | None
    sources: tuple[str, ...] = ()

    @property
    def value(self) -> Decimal | None:
        return self.part / self.whole if self.part is not None and self.whole else None

    @property
    def percent(self) -> str:
        """« 3,25 % », or « inconnue »."""
        return "inconnue" if self.value is None else in_percent(self.value)


@dataclass(frozen=True)
class Meter:
    """The accessory share of a year: realised, budgeted, and with the agreements that are not concluded yet."""

    year: int
    realised: Share
    budgeted: Share
    forecast: Share
    ceiling: Ceiling | None

    @property
    def level(self) -> str:
        """« none » without a ceiling or a figure: never green; else « ok », « near » from 80 % of it, « above »."""
        if self.ceiling is None or self.forecast.value is None:
            return "none"
        most = self.ceiling.share / 100
        if self.forecast.value > most:
            return "above"
        return "near" if self.forecast.value >= most * WARNED_AT else "ok"

    @property
    def says(self) -> str:
        """One French sentence: the share with what is to come, and the ceiling with its act, or that none was voted."""
        if self.forecast.value is None:
            return (
                f"La part de l’activité accessoire en {self.year} est inconnue\u00a0: la personne responsable des "
                "finances doit noter le total des recettes de l’exercice."
            )
        share = (
            f"Avec les conventions qui ne sont pas encore conclues, l’activité accessoire ferait "
            f"{self.forecast.percent} des recettes de {self.year}"
        )
        if self.ceiling is None:
            return f"{share}\u00a0; aucun plafond voté."
        most = f"le plafond voté est de {in_percent(self.ceiling.share / 100)} ({self.ceiling.act.name})"
        return f"{share}\u00a0; {most}{', qui serait dépassé' if self.level == 'above' else ''}."


def in_percent(share: Decimal) -> str:
    """Return « 3,25 % », halves up."""
    return f"{(share * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}".replace(".", ",") + "\u00a0%"


def meter(operator: Operator, year: int) -> Meter:
    """Read the accessory share of an operator for a year.

    What is to come adds a whole year of each agreement in preparation or at the signature to what the budget says, with
    those concluded since it was noted, or, without a budget, to a whole year of those in force. The receipts that they
    are compared with do not grow.
    """
    totals = _totals(operator, [year])
    realised = _share(totals, [year], Kind.ACCESSORY, Kind.TOTAL, State.REALISED)
    budgeted = _share(totals, [year], Kind.ACCESSORY, Kind.TOTAL, State.BUDGETED)
    known = budgeted if budgeted.whole else realised
    running, waiting = agreements_of(operator, year)
    parts = [
        ("conventions en vigueur, une année pleine", _yearly(running)),
        ("conventions en préparation ou à la signature, une année pleine", _yearly(waiting)),
    ]
    if budgeted.part is not None:
        noted_at = Receipt.objects.filter(
            operator=operator, year=year, kind=Kind.ACCESSORY, state=State.BUDGETED, withdrawn_at=None
        ).aggregate(last=Max("noted_at"))["last"]
        since = running.filter(signed_at__gt=noted_at)
        parts[0] = ("conventions conclues depuis que le budget est noté, une année pleine", _yearly(since))
        parts.insert(0, ("recettes accessoires du budget", budgeted.part))
    forecast = Share(
        sum((amount for _, amount in parts), Decimal(0)),
        known.whole,
        (*(f"{euros(amount)}\u00a0: {label}" for label, amount in parts), *known.sources),
    )
    ceilings = Ceiling.objects.filter(operator=operator, withdrawn_at=None, first_year__lte=year)
    return Meter(year, realised, budgeted, forecast, ceilings.select_related("act").first())


def before_sending(agreements: Sequence[Agreement], *, on: date) -> list[Caution]:
    """Say that the meter of a lead operator has no figure for this year, and who may note some there."""
    ours = {one.programme_id for one in agreements if one.beneficiary_id is not None}
    leads = Operator.objects.filter(partnerships__programme__in=ours, partnerships__part=Partner.Part.LEAD).distinct()
    return [
        Caution("meter", _says_who_notes(lead, on))
        for lead in leads.order_by("pk")
        if meter(lead, on.year).forecast.value is None
    ]


def _says_who_notes(lead: Operator, on: date) -> str:
    held = Membership.objects.active_on(on).filter(operator=lead, role=Role.FINANCE_OFFICER, user__is_active=True)
    names = ", ".join(held.order_by("user__name").values_list("user__name", flat=True).distinct())
    role = Role.FINANCE_OFFICER.label
    return (
        f"Le total des recettes de {on.year} n’est pas noté\u00a0: qui signera pour {in_sentence(lead.name)} ne lira "
        "pas ce que cette signature ajoute. "
        + (
            f"Peut le noter, dans «\u00a0Finances\u00a0», «\u00a0Activité accessoire\u00a0»\u00a0: {names} ({role})."
            if names
            else f"Personne n’y a encore le rôle qui le note ({role})\u00a0: invitez quelqu’un, dans "
            "«\u00a0Personnes\u00a0»."
        )
    )


def open_market(operator: Operator, year: int) -> Share:
    """Read the open-market share of the three years that end with this one, as realised."""
    years = list(range(year - YEARS_OF_OPEN_MARKET + 1, year + 1))
    totals = _totals(operator, years)
    return _share(totals, years, Kind.OPEN_MARKET, Kind.COVERED, State.REALISED)


def says_open_market(share: Share, year: int) -> str:
    """One French sentence about the open-market share; it is never given for a ceiling of the deliberation."""
    first = year - YEARS_OF_OPEN_MARKET + 1
    if share.value is None:
        return f"Part sur le marché concurrentiel, de {first} à {year}\u00a0: inconnue, faute de chiffres."
    verdict = "au-dessous" if share.value < OPEN_MARKET_BELOW else "au-dessus ou au niveau"
    return (
        f"Part sur le marché concurrentiel, de {first} à {year}\u00a0: {share.percent}, {verdict} de "
        f"{in_percent(OPEN_MARKET_BELOW)} (code de la commande publique, article\u00a0L.\u00a02511-6). Ce seuil n’est "
        "pas le plafond de l’activité accessoire."
    )


Totals = Mapping[tuple[int, str, str], tuple[Decimal, tuple[str, ...]]]


def _totals(operator: Operator, years: list[int]) -> Totals:
    found: dict[tuple[int, str, str], tuple[Decimal, tuple[str, ...]]] = {}
    for one in Receipt.objects.filter(operator=operator, year__in=years, withdrawn_at=None):
        amount, sources = found.get((one.year, one.kind, one.state), (Decimal(0), ()))
        said = f"{euros(one.amount)}\u00a0: {one.get_kind_display()} {one.year}, {one.source}"
        found[one.year, one.kind, one.state] = (amount + one.amount, (*sources, said))
    return found


def _share(totals: Totals, years: list[int], part: str, whole: str, state: str) -> Share:
    def summed(kind: str) -> tuple[Decimal | None, tuple[str, ...]]:
        known = [totals[year, kind, state] for year in years if (year, kind, state) in totals]
        # A year that nobody noted would make the sum of the others a lie.
        if len(known) < len(years):
            return None, tuple(said for _, sources in known for said in sources)
        return sum((amount for amount, _ in known), Decimal(0)), tuple(said for _, sources in known for said in sources)

    (amount, read), (base, also_read) = summed(part), summed(whole)
    return Share(amount, base, (*read, *also_read))


def agreements_of(operator: Operator, year: int) -> tuple[models.QuerySet[Agreement], models.QuerySet[Agreement]]:
    """The agreements of the programmes that this operator leads: those in force in a year, and those to come."""
    led = Partner.objects.filter(operator=operator, part=Partner.Part.LEAD).values("programme")
    first, last = date(year, 1, 1), date(year, 12, 31)
    with scopes_disabled():  # A share of the whole: each agreement counts, whoever reads the meter.
        rows = Agreement.objects.filter(programme__in=led)
        running = rows.filter(status__in=(Status.SIGNED, Status.ENDED), starts_on__lte=last, ends_on__gte=first)
        return running, rows.filter(status__in=IN_PREPARATION)


def _yearly(agreements: models.QuerySet[Agreement]) -> Decimal:
    summed: Decimal | None = agreements.aggregate(sum=Sum("annual_price"))["sum"]
    return summed or Decimal(0)
