"""Actions: note a figure, a ceiling, a cost or a reckoning, take one back; keep what the meter showed as an agreement
was concluded.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.deliberations.models import Act
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import Operator, User
from socle.programme.models import AgreementType
from socle.revenue.meter import meter
from socle.revenue.models import Ceiling, CostSheet, Reading, Receipt, Reckoning
from socle.revenue.rules import (
    why_not_ceiling,
    why_not_cost,
    why_not_note,
    why_not_receipt,
    why_not_reckon,
    why_not_reckoning,
)

JUST = timedelta(days=2)


@transaction.atomic
def note_receipt(
    operator: Operator, *, year: int, kind: str, state: str, amount: Decimal, source: str, by: User, at: datetime
) -> Receipt:
    """Note a figure of a year and where it is read. Figures of one kind add up. Raises Refused."""
    refuse(why_not_note(by, operator, on=dates.day_of(at)))
    refuse(why_not_receipt(year=year, kind=kind, state=state, amount=amount, source=source))
    receipt = Receipt.objects.create(
        operator=operator,
        year=year,
        kind=kind,
        state=state,
        amount=amount,
        source=" ".join(source.split()),
        is_fictitious=settings.DEMO,
        noted_by=by,
        noted_at=at,
    )
    journal.record("receipt.noted", operator, by=by, at=at, receipt=receipt.pk, year=year, kind=kind, state=state)
    return receipt


@transaction.atomic
def withdraw_receipt(receipt: Receipt, *, by: User, at: datetime) -> None:
    """Take back a figure noted by mistake: it stays, and counts no more; twice, once. Raises Refused."""
    refuse(why_not_note(by, receipt.operator, on=dates.day_of(at)))
    if Receipt.objects.filter(pk=receipt.pk, withdrawn_at=None).update(withdrawn_at=at):
        journal.record("receipt.withdrawn", receipt.operator, by=by, at=at, receipt=receipt.pk, year=receipt.year)


@transaction.atomic
def set_ceiling(act: Act, operator: Operator, *, share: Decimal, first_year: int, by: User, at: datetime) -> Ceiling:
    """Note the ceiling that an act of the operator votes, in per cent, from a year on. Raises Refused."""
    on = dates.day_of(at)
    refuse(why_not_note(by, operator, on=on))
    refuse(why_not_ceiling(act, operator, share=share, year=first_year, on=on))
    ceiling = Ceiling.objects.create(
        act=act, operator=operator, share=share, first_year=first_year, noted_by=by, noted_at=at
    )
    journal.record("ceiling.noted", operator, by=by, at=at, ceiling=ceiling.pk, share=str(share), year=first_year)
    return ceiling


@transaction.atomic
def withdraw_ceiling(ceiling: Ceiling, *, by: User, at: datetime) -> None:
    """Take back a ceiling noted by mistake: it stays, and counts no more; twice, once. Raises Refused."""
    refuse(why_not_note(by, ceiling.operator, on=dates.day_of(at)))
    if Ceiling.objects.filter(pk=ceiling.pk, withdrawn_at=None).update(withdrawn_at=at):
        journal.record("ceiling.withdrawn", ceiling.operator, by=by, at=at, ceiling=ceiling.pk)


@transaction.atomic
def note_cost(
    kind: AgreementType, *, year: int, amounts: dict[str, Decimal], source: str, by: User, at: datetime
) -> CostSheet:
    """Note what a type of agreement costs in a year, and the grants received for it. Raises Refused.

    `amounts` are the four of `CostSheet`, by field.
    """
    operator = kind.programme.lead()
    refuse(why_not_note(by, operator, on=dates.day_of(at)))
    # Two notes at once follow each other: the second finds the sheet of the first.
    AgreementType.objects.select_for_update(no_key=True).get(pk=kind.pk)
    refuse(why_not_cost(kind, year=year, amounts=amounts, source=source))
    sheet = CostSheet.objects.create(
        type=kind,
        year=year,
        **amounts,
        source=" ".join(source.split()),
        is_fictitious=settings.DEMO,
        noted_by=by,
        noted_at=at,
    )
    journal.record("cost.noted", operator, by=by, at=at, sheet=sheet.pk, year=year)
    return sheet


@transaction.atomic
def withdraw_cost(sheet: CostSheet, *, by: User, at: datetime) -> None:
    """Take back a cost sheet noted by mistake: it stays, and counts no more; twice, once. Raises Refused."""
    operator = sheet.type.programme.lead()
    refuse(why_not_note(by, operator, on=dates.day_of(at)))
    if CostSheet.objects.filter(pk=sheet.pk, withdrawn_at=None).update(withdrawn_at=at):
        journal.record("cost.withdrawn", operator, by=by, at=at, sheet=sheet.pk, year=sheet.year)


@transaction.atomic
def note_reckoning(
    agreement: Agreement,
    *,
    operator: Operator,
    year: int,
    unit: str,
    quantity: Decimal,
    unit_cost: Decimal,
    source: str,
    by: User,
    at: datetime,
) -> Reckoning:
    """Note, in the name of a party, units of a year and their cost: the amount is computed. Raises Refused."""
    on = dates.day_of(at)
    refuse(why_not_reckon(by, operator, agreement, on=on))
    refuse(
        why_not_reckoning(agreement, year=year, unit=unit, quantity=quantity, unit_cost=unit_cost, source=source, on=on)
    )
    reckoning = Reckoning.objects.create(
        agreement=agreement,
        operator=operator,
        year=year,
        unit=" ".join(unit.split()),
        quantity=quantity,
        unit_cost=unit_cost,
        source=" ".join(source.split()),
        is_fictitious=settings.DEMO,
        noted_by=by,
        noted_at=at,
    )
    # No amount: the journal is read by some who see none.
    journal.record("reckoning.noted", agreement, by=by, at=at, reckoning=reckoning.pk, year=year)
    return reckoning


@transaction.atomic
def withdraw_reckoning(reckoning: Reckoning, *, by: User, at: datetime) -> None:
    """Take back a line of a reckoning: it stays, and counts no more; twice, once. Raises Refused."""
    refuse(why_not_reckon(by, reckoning.operator, reckoning.agreement, on=dates.day_of(at)))
    if Reckoning.objects.filter(pk=reckoning.pk, withdrawn_at=None).update(withdrawn_at=at):
        journal.record(
            "reckoning.withdrawn", reckoning.agreement, by=by, at=at, reckoning=reckoning.pk, year=reckoning.year
        )


def keep_readings(*, at: datetime) -> int:
    """Keep what the meter shows for each agreement just concluded that has no reading yet; return how many.

    Of one concluded before these days, nobody can say any more what was shown.
    """
    with scopes_disabled():  # Those of every beneficiary: the meter is the operator's.
        read = Reading.objects.values("agreement")
        concluded = Agreement.objects.filter(status=Status.SIGNED, signed_at__gte=at - JUST).exclude(pk__in=read)
        kept = 0
        for agreement in concluded.select_related("programme").order_by("signed_at", "pk"):
            operator, year = agreement.programme.lead(), dates.day_of(at).year
            shown = meter(operator, year)
            _, is_new = Reading.objects.get_or_create(
                agreement=agreement,
                defaults={
                    "operator": operator,
                    "year": year,
                    "accessory": shown.forecast.part,
                    "total": shown.forecast.whole,
                    "ceiling": shown.ceiling.share if shown.ceiling else None,
                    "says": shown.says,
                    "taken_at": at,
                },
            )
            kept += is_new
    return kept
