"""The yearly price of an agreement, as its programme's file says it, and how it is made, in words.

Three shapes, which may be put together: a base, the same for all or by strata of population with another first year; so
much per inhabitant; so much for some of the services.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from socle.lib import money
from socle.lib.text import number
from socle.programme.models import AgreementType, PriceStratum, Service

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Price:
    """A yearly price in euros, that of the first year, and how it is made in words; no word when all pay the same."""

    annual: Decimal
    parts: tuple[str, ...]
    first_year: Decimal

    @property
    def detail(self) -> str:
        """« Soit 52,00 € la première année ; … ; … », without a full stop; nothing when there is nothing to say."""
        return "Soit " + "\u00a0; ".join(self.parts) if self.parts else ""


def price_of(kind: AgreementType, *, population: int | None, services: Iterable[Service]) -> Price | None:
    """The price of an agreement of this type for so many inhabitants and these services; None for want of inhabitants.

    Amounts are rounded to the cent, halves up.
    """
    strata, services = list(kind.strata.all()), list(services)
    if population is None and (strata or kind.per_inhabitant):
        return None
    annual, parts = kind.annual_price, []
    more_at_first = Decimal(0)
    inhabitants = population or 0
    if strata:
        stratum = next(one for one in strata if one.up_to is None or inhabitants <= one.up_to)
        annual += stratum.annual_price
        if stratum.first_year_price is not None:
            more_at_first = stratum.first_year_price - stratum.annual_price
        parts.append(_of_stratum(stratum, strata))
    elif annual and (kind.per_inhabitant or any(one.extra_price for one in services)):
        parts.append(f"{money.euros(annual)} pour tous les bénéficiaires")
    if kind.per_inhabitant:
        annual += (kind.per_inhabitant * inhabitants).quantize(CENT, ROUND_HALF_UP)
        people = f"{number(inhabitants)}\u00a0habitant{'s' if inhabitants > 1 else ''}"
        parts.append(f"{money.euros(kind.per_inhabitant)} par habitant, pour {people}")
    for service in services:
        if service.extra_price:
            annual += service.extra_price
            parts.append(f"{money.euros(service.extra_price)} pour le service «\u00a0{service.name}\u00a0»")
    return Price(annual, tuple(parts), annual + more_at_first)


def in_words(kind: AgreementType) -> list[str]:
    """The shape of the price of a type, for whoever reads the offer: one line each; the services say their own."""
    strata = list(kind.strata.all())
    lines = [_of_stratum(one, strata) for one in strata] or (
        [money.euros(kind.annual_price)] if kind.annual_price else []
    )
    if kind.per_inhabitant:
        lines.append(f"{money.euros(kind.per_inhabitant)} par habitant")
    return lines or [money.euros(kind.annual_price)]


def _of_stratum(stratum: PriceStratum, strata: list[PriceStratum]) -> str:
    """« 52,00 € la première année, puis 36,00 €, jusqu’à 1 500 habitants », « …, au-delà de 20 000 habitants »."""
    amount = money.euros(stratum.annual_price)
    if stratum.first_year_price is not None and stratum.first_year_price != stratum.annual_price:
        amount = f"{money.euros(stratum.first_year_price)} la première année, puis {amount}"
    if stratum.up_to is not None:
        return f"{amount}, jusqu’à {number(stratum.up_to)}\u00a0habitants"
    below = max((one.up_to for one in strata if one.up_to is not None), default=None)
    return f"{amount}, au-delà de {number(below)}\u00a0habitants" if below is not None else amount
