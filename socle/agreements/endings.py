"""The end of an agreement: terminated with notice, renewed by its beneficiary, over by itself."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime

from django.db import transaction
from django_scopes import scopes_disabled

from socle.agreements import ending_rules as rules
from socle.agreements.models import Agreement, Renewal, Status, Termination
from socle.deliberations.models import Act
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User


@transaction.atomic
def terminate(
    agreement: Agreement,
    *,
    ground: str,
    notified_on: date,
    effective_on: date,
    reason: str,
    act: Act | None = None,
    by: User,
    at: datetime,
) -> Termination:
    """Record that a party ends the agreement, with its notice: `effective_on` becomes its last day. Raises Refused.

    Services stay open until then, and for the months of reversibility after it; nothing is deleted.
    """
    agreement = _held(agreement)
    on = dates.day_of(at)
    refuse(
        rules.why_not_terminate(
            agreement, ground=ground, notified_on=notified_on, effective_on=effective_on, act=act, by=by, on=on
        )
    )
    assert agreement.ends_on is not None  # the rule has refused an agreement without a term.
    termination = Termination.objects.create(
        agreement=agreement,
        ground=ground,
        notified_on=notified_on,
        effective_on=effective_on,
        reason=reason.strip(),
        act=act,
        former_end_on=agreement.ends_on,
        recorded_at=at,
    )
    _set_end(agreement, effective_on)
    journal.record(
        "agreement.terminated",
        agreement,
        by=by,
        at=at,
        ground=ground,
        notified_on=notified_on.isoformat(),
        effective_on=effective_on.isoformat(),
    )
    return termination


@transaction.atomic
def withdraw(termination: Termination, *, by: User, at: datetime) -> Termination:
    """Withdraw a termination before it takes effect: the agreement has its former term again. Raises Refused."""
    agreement = _held(termination.agreement)
    termination = Termination.objects.select_for_update(of=("self",)).get(pk=termination.pk)
    termination.agreement = agreement
    refuse(rules.why_not_withdraw(termination, by=by, on=dates.day_of(at)))
    termination.withdrawn_at = at
    termination.save(update_fields=["withdrawn_at"])
    _set_end(agreement, termination.former_end_on)
    journal.record("agreement.termination_withdrawn", agreement, by=by, at=at)
    return termination


@transaction.atomic
def renew(agreement: Agreement, *, act: Act | None, notified_on: date, by: User, at: datetime) -> Renewal:
    """Record the decision of the beneficiary to renew: the term lasts once more as long. Raises Refused."""
    agreement = _held(agreement)
    refuse(rules.why_not_renew(agreement, act=act, notified_on=notified_on, by=by, on=dates.day_of(at)))
    assert agreement.ends_on is not None  # as above.
    renewal = Renewal.objects.create(
        agreement=agreement,
        rank=agreement.renewals.count() + 1,
        act=act,
        notified_on=notified_on,
        former_end_on=agreement.ends_on,
        recorded_at=at,
    )
    _set_end(agreement, term_end(_day_after(agreement.ends_on), agreement.term_months))
    journal.record("agreement.renewed", agreement, by=by, at=at, rank=renewal.rank, notified_on=notified_on.isoformat())
    return renewal


def end_due(*, by: User, at: datetime) -> int:
    """End the agreements whose last day is past; asked for every day. Return how many ended."""
    with scopes_disabled():  # The tick works for every beneficiary in turn, and for the operators.
        due = Agreement.every.filter(amends__isnull=True, status=Status.SIGNED, ends_on__lt=dates.day_of(at))
        return sum(_end(agreement, by=by, at=at) for agreement in list(due.order_by("pk")))


@transaction.atomic
def _end(agreement: Agreement, *, by: User, at: datetime) -> bool:
    agreement = _held(agreement)
    if agreement.status != Status.SIGNED or agreement.ends_on is None or agreement.ends_on >= dates.day_of(at):
        return False
    agreement.status = Status.ENDED
    agreement.save(update_fields=["status"])
    # What follows: config/reactions.py.
    journal.record("agreement.ended", agreement, by=by, at=at, ends_on=agreement.ends_on.isoformat())
    return True


def term_end(starts_on: date, months: int) -> date:
    """The last day of a term of so many months that begins on this day."""
    return date.fromordinal(dates.add_months(starts_on, months).toordinal() - 1)


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _set_end(agreement: Agreement, day: date) -> None:
    agreement.ends_on = day
    agreement.save(update_fields=["ends_on"])


def _held(agreement: Agreement) -> Agreement:
    """The row as it is now, held until the transaction ends; locked alone, as PostgreSQL wants."""
    # One that binds operators alone is out of every scope: whoever handed it here was let read it.
    with nullcontext() if agreement.beneficiary_id else agreement.within():
        Agreement.every.select_for_update().get(pk=agreement.pk)
        return Agreement.every.select_related("programme", "type", "beneficiary__department").get(pk=agreement.pk)
