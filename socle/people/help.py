"""Letting an operator's people in to help a mairie, for a time; closing the door again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import refuse
from socle.people import helper_access, rules
from socle.people.models import Beneficiary, HelpAccess, Operator, User

# So many accesses at most in one round; the next one does the others.
AT_ONCE = 200


@transaction.atomic
def open_access(
    beneficiary: Beneficiary, operator: Operator, *, motive: str, last_day: date, by: User, at: datetime
) -> HelpAccess:
    """Let the helpers of this operator act in the beneficiary's name until a day. Raises `Refused` when it may not."""
    on = dates.day_of(at)
    refuse(rules.why_not_open_help(beneficiary, operator, motive=motive, last_day=last_day, by=by, on=on))
    # One that ended by its own date leaves its place.
    HelpAccess.objects.filter(
        beneficiary=beneficiary, operator=operator, closed_at__isnull=True, ends_on__lt=on
    ).update(closed_at=at)
    access = HelpAccess.objects.create(
        beneficiary=beneficiary,
        operator=operator,
        motive=motive.strip(),
        starts_on=on,
        ends_on=last_day,
        opened_by=by,
        opened_at=at,
    )
    journal.record("help.opened", access, by=by, at=at, operator=operator.code, ends_on=str(last_day))
    enqueue_at_commit("socle.people.tasks.tell_help_opened", access.pk)
    return access


@transaction.atomic
def close_access(access: HelpAccess, *, by: User, at: datetime) -> HelpAccess:
    """Let nobody in any more; whoever is acting loses it at their next request, and what they opened ends with it."""
    access = (
        HelpAccess.objects.select_for_update(of=("self",)).select_related("beneficiary", "operator").get(pk=access.pk)
    )
    refuse(rules.why_not_close_help(access, by=by, on=dates.day_of(at)))
    access.closed_at = access.swept_at = at
    access.save(update_fields=["closed_at", "swept_at"])
    journal.record("help.closed", access, by=by, at=at, operator=access.operator.code)
    helper_access.end_all(access, at=at)
    return access


def end_due(*, at: datetime) -> int:
    """End what was opened by the accesses that are over, by their last day or closed before; return how many accesses.

    Those closed within the hour are looked at again: a gesture that was under way when the door closed ends as well.
    """
    over = HelpAccess.objects.filter(Q(closed_at__isnull=False) | Q(ends_on__lt=dates.day_of(at)))
    due = over.filter(Q(swept_at=None) | Q(swept_at__gt=at - timedelta(hours=1)))
    return sum(_sweep(pk, at=at) for pk in due.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _sweep(pk: int, *, at: datetime) -> bool:
    held = HelpAccess.objects.select_for_update(of=("self",)).select_related("beneficiary", "operator")
    access = held.get(pk=pk)
    is_first = access.swept_at is None
    if is_first:
        access.swept_at = at
        if access.closed_at is None:
            access.closed_at = at
            journal.record("help.ended", access, by=User.objects.system(), at=at, operator=access.operator.code)
        access.save(update_fields=["closed_at", "swept_at"])
    helper_access.end_all(access, at=at)
    return is_first


def end_those_due() -> int:
    """End the accesses of helpers that are over now (a tick); return how many."""
    return end_due(at=timezone.now())


@transaction.atomic
def take_back(access: HelpAccess, line: Entry, *, by: User, at: datetime) -> int:
    """End what one gesture of a helper opened, because the mairie wants it; return how many. Raises `Refused`."""
    refuse(helper_access.why_not_take_back(access, by=by, on=dates.day_of(at)))
    taken = helper_access.take_back(line, by=by, at=at)
    refuse(None if taken else "Ce qui avait été ouvert là est déjà fermé.")
    return taken
