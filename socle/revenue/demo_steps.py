"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

import io
from decimal import Decimal

from django.utils import timezone

from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.lib.refusals import refuse
from socle.lib.spreadsheet import as_csv
from socle.lib.text import counted
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.programme.models import Programme
from socle.revenue import actions, calls, sheets
from socle.revenue.contributions import PRORATA_SOURCE, period
from socle.revenue.contributions import State as LineState
from socle.revenue.models import CallSettings, Contribution, Receipt

Kind, State = Receipt.Kind, Receipt.State
# Of how many years ago, what, and how much: figures of nobody.
FIGURES = (
    (0, Kind.TOTAL, State.BUDGETED, "18400000"),
    (0, Kind.ACCESSORY, State.BUDGETED, "310000"),
    (1, Kind.TOTAL, State.REALISED, "17950000"),
    (1, Kind.ACCESSORY, State.REALISED, "121480.50"),
)


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
