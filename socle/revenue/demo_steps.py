"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django_scopes import scopes_disabled

from socle.agreements import actions as agreements
from socle.agreements import between_operators
from socle.agreements.models import Agreement
from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.lib.refusals import refuse
from socle.lib.spreadsheet import as_csv
from socle.lib.text import counted
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.programme.models import AgreementType, Power, Programme
from socle.revenue import actions, calls, sheets
from socle.revenue.contributions import PRORATA_SOURCE, period
from socle.revenue.contributions import State as LineState
from socle.revenue.costs import costs
from socle.revenue.models import CallSettings, Contribution, CostSheet, Receipt, Reckoning
from socle.revenue.reckonings import sides

Kind, State = Receipt.Kind, Receipt.State
# Of how many years ago, what, and how much: figures of nobody.
FIGURES = (
    (0, Kind.TOTAL, State.BUDGETED, "18400000"),
    (0, Kind.ACCESSORY, State.BUDGETED, "310000"),
    (1, Kind.TOTAL, State.REALISED, "17950000"),
    (1, Kind.ACCESSORY, State.REALISED, "121480.50"),
)

COST = {
    "direct_costs": Decimal(1460), "overhead": Decimal("212.50"), "depreciation": Decimal(340),
    "grants_received": Decimal(900),
}  # fmt: skip
COST_SOURCE = "Comptabilité analytique fictive de la démonstration"
RECKONING: dict[str, Any] = {
    "unit": "commune accompagnée", "quantity": Decimal(12), "unit_cost": Decimal("86.40"),
    "source": "État fictif de la démonstration",
}  # fmt: skip


def _figures(say: Say) -> None:
    refuse(why_not_make_fictions())
    by, at = User.objects.system(), timezone.now()
    this_year = dates.day_of(at).year
    for programme in Programme.objects.all():
        operator = programme.lead()
        if Receipt.objects.filter(operator=operator).exists():
            continue
        for ago, kind, state, amount in FIGURES:
            source = f"{'Budget' if state == State.BUDGETED else 'Compte financier'} fictif de la démonstration"
            actions.note_receipt(
                operator,
                year=this_year - ago,
                kind=kind,
                state=state,
                amount=Decimal(amount),
                source=source,
                by=by,
                at=at,
            )
        say(f"{operator.name}\u00a0: {len(FIGURES)} montants")


FIGURES_STEP = Step("Recettes fictives de l’opérateur, et part de l’activité accessoire", _figures)


def _contributions(say: Say) -> None:
    """A year called, but for a few debtors who want what is not there yet; half of its titles are read back."""
    refuse(why_not_make_fictions())
    by, at = User.objects.system(), timezone.now()
    on = dates.day_of(at)
    for programme in Programme.objects.all():
        if Contribution.objects.filter(agreement__programme=programme).exists():
            continue
        for regime in {line.agreement.vat_regime for line in period(programme, on.year, on=on).lines}:
            calls.note_settings(
                programme,
                vat_regime=regime,
                vat_rate=Decimal(0),
                vat_source="taux fictif de la démonstration",
                prorata=CallSettings.Prorata.MONTHS,
                prorata_source=PRORATA_SOURCE,
                by=by,
                at=at,
            )
        ready = period(programme, on.year, on=on).of(LineState.READY)
        for rank, line in enumerate(ready[1::3]):
            wanted = "is_engagement_required" if rank % 2 else "is_service_code_required"
            calls.note_debtor(line.agreement.bound, programme, **{wanted: True}, by=by, at=at)
        if not ready:
            continue
        made = calls.export(programme, on.year, by=by, at=at)
        paid = [
            (
                one.reference,
                "12",
                str(340 + rank),
                on,
                one.total if rank % 2 == 0 else Decimal(0),
                one.total * (rank % 2),
            )
            for rank, one in enumerate(made[: (len(made) + 1) // 2])
        ]
        answer = as_csv((sheets.REFERENCE, *sheets.ANSWERS.values()), paid)
        calls.read_back(programme, io.BytesIO(answer), by=by, at=at)
        say(f"{counted(len(made), 'ligne')}, {counted(len(paid), 'titre')}")


CONTRIBUTIONS = Step("Contributions fictives de l’année, appelées et relues en partie", _contributions)


def _costs(say: Say) -> None:
    """The cost of this year behind the price of each programme."""
    refuse(why_not_make_fictions())
    by, at = User.objects.system(), timezone.now()
    year = dates.day_of(at).year
    for programme in Programme.objects.all():
        for cost in costs(programme.lead(), year):
            if CostSheet.objects.filter(type=cost.kind).exists():
                continue
            actions.note_cost(cost.kind, year=year, amounts=COST, source=COST_SOURCE, by=by, at=at)
            say(f"{cost.kind.name}\u00a0: une fiche")


COSTS = Step("Fiche de coût fictive derrière le prix", _costs)


def _reckoning(say: Say) -> None:
    """An agreement with a centre de gestion, signed by fictitious people, and a line of what the lead owes for it."""
    refuse(why_not_make_fictions())
    by, at = User.objects.system(), timezone.now()
    for programme in Programme.objects.all():
        if Reckoning.objects.filter(agreement__programme=programme).exists():
            continue
        agreement = _between_operators(programme, by=by, at=at)
        if agreement is None:
            continue
        provider, _ = sides(list(agreement.parties.select_related("operator").order_by("rank")))
        assert provider.operator is not None
        actions.note_reckoning(
            agreement, operator=provider.operator, year=dates.day_of(at).year, by=by, at=at, **RECKONING
        )
        say(f"convention n°\u00a0{agreement.number}, une ligne")


def _between_operators(programme: Programme, *, by: User, at: datetime) -> Agreement | None:
    """Conclude the first agreement that the programme has with a centre de gestion, unless somebody began it."""
    powers = Power.objects.filter(programme=programme, power=Power.Kind.AGREEMENT)
    kinds = AgreementType.objects.filter(programme=programme, article__in=powers.values("article"), parties__part="cdg")
    kind = kinds.order_by("order").first()
    if kind is None or between_operators.why_not_draft(kind, by=by, on=dates.day_of(at)):
        return None
    with scopes_disabled():  # It is of no beneficiary.
        agreement = between_operators.draft(kind, by=by, at=at)
        agreement = agreements.make_ready(agreement, for_the_committee=True, by=by, at=at)
        act, article = programme.founding_act, kind.article
        assert article is not None
        agreements.link_act(agreement, act=act, article=article.number, text="", by=by, at=at)
        for party in agreement.parties.select_related("signatory").order_by("rank"):
            assert party.signatory is not None  # make_ready refuses a party without signatory.
            agreement = agreements.sign(agreement, by=party.signatory, at=at)
        return agreement


RECKONINGS = Step("Convention fictive entre opérateurs, et son décompte de l’année", _reckoning)
