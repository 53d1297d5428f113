"""Services of suspended agreements: held while the suspension lasts, given back when it is lifted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django_scopes import scopes_disabled

from socle.agreements.models import Suspension
from socle.agreements.suspensions import in_effect
from socle.lib import dates
from socle.people.models import User
from socle.provisioning import actions
from socle.provisioning.models import Installation


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
