"""Letting an operator's people in to help a mairie, for a time; closing the door again."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people import rules, tasks
from socle.people.models import Beneficiary, HelpAccess, Operator, User


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
    transaction.on_commit(lambda: tasks.tell_help_opened.enqueue(access.pk))
    return access


@transaction.atomic
def close_access(access: HelpAccess, *, by: User, at: datetime) -> HelpAccess:
    """Let nobody in any more; whoever is acting loses it at their next request."""
    access = (
        HelpAccess.objects.select_for_update(of=("self",)).select_related("beneficiary", "operator").get(pk=access.pk)
    )
    refuse(rules.why_not_close_help(access, by=by, on=dates.day_of(at)))
    access.closed_at = at
    access.save(update_fields=["closed_at"])
    journal.record("help.closed", access, by=by, at=at, operator=access.operator.code)
    return access
