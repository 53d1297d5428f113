"""Actions: note a figure or a ceiling, take one back, and keep what the meter showed as an agreement was concluded."""

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
from socle.revenue.meter import meter
from socle.revenue.models import Ceiling, Reading, Receipt
from socle.revenue.rules import why_not_ceiling, why_not_note, why_not_receipt

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
