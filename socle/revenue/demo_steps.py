"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.programme.models import Programme
from socle.revenue import actions
from socle.revenue.models import Receipt

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
