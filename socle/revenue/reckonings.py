"""Reckonings between operators: their debts of a year by their agreements (founding act, articles 2 to 4), and the
statement of it.

The party that is not the programme's lead, the first to sign if they are several, provides; the lead owes. Amounts are
`Decimal` euros, each line to the cent, halves up; a total is the sum of its lines. It is no title and no invoice, and
internal invoicing between partners never enters a claim for payment (rule 18 of the register).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, cast

from django.db import models
from django.db.models import Prefetch

from socle.agreements.between_operators import of_party
from socle.agreements.models import Agreement, Party, Status
from socle.documents import typst
from socle.documents.tree import typography
from socle.lib import dates, siret
from socle.lib.money import euros
from socle.programme.models import Partner, Power
from socle.revenue.models import Reckoning

LAYOUT = Path(__file__).with_name("reckoning.typ")
NO_TITLE = "Ce décompte ne constitue ni un titre ni une facture."
NO_CLAIM = "La facturation interne entre partenaires n’entre dans aucune demande de paiement."
FICTITIOUS = "Décompte fictif de démonstration\u00a0: quantités et montants inventés, sans valeur."


class Counted(Protocol):
    """Rows read beside an agreement, for all of them at once: `statements`."""

    sides: list[Party]
    lines: list[Reckoning]


@dataclass(frozen=True)
class Statement:
    """An agreement in a year: who provides, who owes, the lines that stand, and their total."""

    agreement: Agreement
    year: int
    provider: Party
    debtor: Party
    lines: list[Reckoning]

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.lines), Decimal(0))


def agreements_of(partner: Partner) -> models.QuerySet[Agreement]:
    """The agreements concluded between operators that this one is a party to, all of them for the lead, by number.

    That of a demand for funding is not one of them: what it owes is paid on from the grant.
    """
    concluded = of_party(partner).filter(status__in=(Status.SIGNED, Status.ENDED), amends=None)
    funding = Power.objects.filter(power=Power.Kind.FUNDING).values("article")
    found = concluded.exclude(type__article__in=funding)
    return found.select_related("type", "programme").order_by("number")


def sides(parties: list[Party]) -> tuple[Party, Party]:
    """Who provides and who owes, among the parties of an agreement between operators, in the order of signature."""
    debtor = next((one for one in parties if one.kind == Party.Kind.LEAD), parties[-1])
    return next(one for one in parties if one is not debtor), debtor


def statements(partner: Partner, year: int) -> list[Statement]:
    """The statements of a year that an operator reads: of the agreements in force then, three queries in all."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    lines = Reckoning.objects.filter(year=year, withdrawn_at=None).select_related("operator").order_by("pk")
    found = agreements_of(partner).filter(starts_on__lte=last, ends_on__gte=first)
    parties = Party.objects.select_related("operator").order_by("rank")
    rows = found.prefetch_related(
        Prefetch("parties", parties, to_attr="sides"), Prefetch("reckonings", lines, to_attr="lines")
    )
    return [Statement(one, year, *sides(cast(Counted, one).sides), cast(Counted, one).lines) for one in rows]


def as_pdf(statement: Statement, *, at: datetime) -> bytes:
    """Return the yearly statement of an agreement as a PDF, kept nowhere: made again whenever it is asked for."""
    return typst.render(LAYOUT, {"doc": facts(statement, at=at)}, at=at)


def facts(statement: Statement, *, at: datetime) -> dict[str, Any]:
    """Everything that the statement says, in the words it uses."""
    agreement = statement.agreement
    return {
        "title": f"Décompte annuel {statement.year}",
        "day": dates.day_of(at).isoformat(),
        "made": dates.in_words(dates.day_of(at)),
        "agreement": f"Convention n°\u00a0{agreement.number}, {agreement.type.name}",
        "basis": typography(agreement.type.basis),
        "notice": FICTITIOUS if any(one.is_fictitious for one in statement.lines) else "",
        "parties": [
            [says, party.name, siret.spaced(number) if (number := _siret(party)) else "SIRET non renseigné"]
            for says, party in (("Prestataire", statement.provider), ("Redevable", statement.debtor))
        ],
        "lines": [
            [
                one.unit,
                euros(one.quantity).removesuffix("\u00a0€").removesuffix(",00"),
                euros(one.unit_cost),
                euros(one.amount),
                one.source,
            ]
            for one in statement.lines
        ],
        "total": euros(statement.total),
        "mention": f"{NO_TITLE} {NO_CLAIM}",
    }


def _siret(party: Party) -> str:
    return party.siret or (party.operator.siret if party.operator is not None else "")
