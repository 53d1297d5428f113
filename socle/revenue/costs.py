"""The cost behind each price: full cost less the grants, shared among the agreements in force, against the price.

An accessory activity makes no profit: what a year brings is not to exceed what it costs once the grants are taken off.
Amounts are `Decimal` euros before VAT.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from socle.lib.money import euros, to_cents
from socle.people.models import Operator
from socle.programme.models import AgreementType, Partner
from socle.revenue.meter import agreements_of
from socle.revenue.models import Contribution, CostSheet


@dataclass(frozen=True)
class Cost:
    """A type of agreement in a year: its sheet if one is noted, the agreements in force, what they bring, their price.

    `price` is that of the type, or the mean of the agreements where it depends on their inhabitants.
    """

    kind: AgreementType
    year: int
    sheet: CostSheet | None
    agreements: int
    receipts: Decimal
    price: Decimal | None

    @property
    def each(self) -> Decimal | None:
        """The cost of one agreement, grants taken off; None when it is unknown."""
        return to_cents(self.sheet.net / self.agreements) if self.sheet is not None and self.agreements else None

    @property
    def level(self) -> str:
        """« none » without a sheet or an agreement: never green; « above » when the receipts exceed it, else « ok »."""
        if self.sheet is None or not self.agreements:
            return "none"
        return "above" if self.receipts > self.sheet.net else "ok"

    @property
    def says(self) -> str:
        """One or two French sentences: the cost against the price, and whether the year makes a profit."""
        if self.sheet is None:
            return f"Coût inconnu en {self.year}\u00a0: aucune fiche n’est notée, et rien ne dit si le prix le couvre."
        if self.each is None or self.price is None:
            return f"Aucune convention n’est en vigueur en {self.year}\u00a0: rien ne se compare."
        compared = (
            f"Une convention coûte {euros(self.each)} en {self.year}, aides déduites, pour un prix de "
            f"{euros(self.price)}."
        )
        receipts, net = f"Les recettes de l’exercice, {euros(self.receipts)},", f"le coût net, {euros(self.sheet.net)}"
        if self.level == "above":
            return f"{compared} {receipts} dépassent {net}\u00a0: l’activité ferait un bénéfice."
        return f"{compared} {receipts} ne dépassent pas {net}."


def types_of(operator: Operator) -> QuerySet[AgreementType]:
    """The types of agreement that have a price, in the programmes that this operator leads."""
    led = Partner.objects.filter(operator=operator, part=Partner.Part.LEAD).values("programme")
    found = AgreementType.objects.filter(programme__in=led, has_beneficiary=True, amends=None)
    return found.order_by("programme", "order")


def costs(operator: Operator, year: int) -> list[Cost]:
    """The cost behind each price of an operator in a year: a few queries, however many agreements.

    The receipts are the contributions called, and a whole year of the agreements in force that are not called yet.
    """
    kinds = list(types_of(operator).prefetch_related("strata"))
    sheets = {one.type_id: one for one in CostSheet.objects.filter(type__in=kinds, year=year, withdrawn_at=None)}
    contributions = Contribution.objects.filter(agreement__type__in=kinds, year=year).order_by()
    called: dict[int, Decimal] = dict(
        contributions.values("agreement__type").annotate(sum=Sum("net")).values_list("agreement__type", "sum")
    )
    running = agreements_of(operator, year)[0].order_by().values("type")
    counted = running.annotate(count=Count("pk"), sum=Sum("annual_price"))
    in_force = {one["type"]: (one["count"], one["sum"]) for one in counted}
    waiting = running.exclude(pk__in=contributions.values("agreement")).annotate(sum=Sum("annual_price"))
    to_call: dict[int, Decimal] = dict(waiting.values_list("type", "sum"))
    found = []
    for kind in kinds:
        count, priced = in_force.get(kind.pk, (0, Decimal(0)))
        is_one_for_all = not kind.per_inhabitant and not kind.strata.all()
        mean = to_cents(priced / count) if count else None
        receipts = called.get(kind.pk, Decimal(0)) + to_call.get(kind.pk, Decimal(0))
        price = kind.annual_price if is_one_for_all else mean
        found.append(Cost(kind, year, sheets.get(kind.pk), count, receipts, price))
    return found
