"""Services of suspended agreements: held while the suspension lasts, given back when it is lifted.

By the loop, where an engine provisions them; by hand else: what is to be done is counted from the rights, and noted.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django_scopes import scopes_disabled

from socle.agreements.models import Suspension
from socle.agreements.suspensions import in_effect
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.provisioning import actions, rules
from socle.provisioning.models import Installation, Right


def follow(*, by: User, at: datetime) -> int:
    """Hold the services of the agreements suspended today, give back those held that are not; return how many.

    What a technician had suspended before stays suspended after: only what a suspension stopped comes back.
    """
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        running = {one.agreement_id: one for one in in_effect(dates.day_of(at))}
        ours = Installation.objects.filter(right__closed_at__isnull=True)
        found = [*ours.filter(wanted_present=True, right__agreement__in=running)]
        found += ours.filter(held_by__isnull=False).exclude(right__agreement__in=running)
        return sum(_turn(installation, running, by=by, at=at) for installation in found)


@transaction.atomic
def _turn(installation: Installation, running: dict[int, Suspension], *, by: User, at: datetime) -> bool:
    """Hold a service, or give it back, and remember which suspension holds it; say whether this call did."""
    Installation.objects.select_for_update().get(pk=installation.pk)
    installation = Installation.objects.select_related("right").get(pk=installation.pk)
    held_by = running.get(installation.right.agreement_id)
    was_wanted = installation.wanted_present
    if not (was_wanted if held_by is not None else installation.held_by_id is not None):
        return False  # Another worker was there first.
    installation.held_by = held_by
    installation.save(update_fields=["held_by"])
    if held_by is not None:
        actions.suspend(installation, by=by, at=at)
    elif not was_wanted:
        actions.resume(installation, by=by, at=at)
    return True


def by_hand(rights: QuerySet[Right], *, on: date) -> QuerySet[Right]:
    """Keep the rights whose service somebody is to stop by hand on this day, or to resume (`held_by` tells which).

    `suspended_on` is since when the agreement of those to stop is suspended.
    """
    running = in_effect(on)
    is_suspended = Q(agreement__in=running.order_by().values("agreement"))
    # Few are suspended: their rights are named first. A planner that has counted nothing would compare each agreement
    # of the programme with each beneficiary of the scope, and a first page asks this.
    touched = list(Right.objects.filter(is_suspended | Q(held_by__isnull=False)).values_list("pk", flat=True))
    ours = rights.filter(Q(held_by=None) & is_suspended | Q(held_by__isnull=False) & ~is_suspended, pk__in=touched)
    since = running.filter(agreement=OuterRef("agreement")).order_by().values("effective_on")[:1]
    return ours.filter(closed_at=None, service__is_provisioned=False).annotate(suspended_on=Subquery(since))


def why_not_note(right: Right, *, is_stopped: bool, by: User, on: date) -> str | None:
    """Say why it cannot be noted that this service was stopped by hand, or resumed, or None."""
    if reason := rules.why_not_operate(right, by=by, on=on):
        return reason
    if is_stopped == (right.held_by_id is None) and by_hand(Right.objects.filter(pk=right.pk), on=on).exists():
        return None
    return "Ce service n’attend plus ce geste\u00a0: relisez la liste."


@transaction.atomic
def note(right: Right, *, is_stopped: bool, by: User, at: datetime) -> Right:
    """Note that somebody stopped by hand the service of a suspended agreement, or resumed it after. Raises Refused."""
    right = Right.objects.select_for_update(of=("self",)).get(pk=right.pk)
    refuse(why_not_note(right, is_stopped=is_stopped, by=by, on=dates.day_of(at)))
    right.held_by = in_effect(dates.day_of(at)).get(agreement=right.agreement_id) if is_stopped else None
    right.save(update_fields=["held_by"])
    journal.record("right.stopped_by_hand" if is_stopped else "right.resumed_by_hand", right, by=by, at=at)
    return right
