"""Deferred work: load by identifier, call an action."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task

from socle.agreements.models import Agreement
from socle.lib import queue
from socle.people.models import User
from socle.provisioning import actions, suspensions
from socle.provisioning.handover import making
from socle.provisioning.models import Installation


@task()
@queue.together
def open_rights(agreement_id: str) -> None:
    """Open the rights of an agreement just concluded."""
    with scopes_disabled():  # The task knows its agreement by identifier; the action opens the scope.
        agreement = Agreement.objects.select_related("beneficiary").get(pk=agreement_id)
    actions.open_rights(agreement, by=User.objects.system(), at=timezone.now())


@task()
@queue.together
def reconcile_right(right_id: str) -> None:
    """Make so the installation that answers a right just opened, unless whoever opened it has done it meanwhile."""
    now = timezone.now()
    with scopes_disabled():  # The task knows its right by identifier; the action opens the scope.
        due = Installation.objects.due(now).select_related("beneficiary", "service")
        installation = due.filter(right_id=right_id).first()
    if installation is not None:
        actions.make_so(installation, by=User.objects.system(), at=now)


@task(priority=-10)
def make_handover(handover_id: str) -> None:
    """Make the archive just asked for; whatever else waits goes first."""
    making.make(int(handover_id), at=timezone.now())


@task(priority=-10)
def make_handovers() -> None:
    """Make the archives that are due; asked for by the scheduler, whether or not a message was lost."""
    making.make_due(at=timezone.now())


@task()
def close_ended_rights() -> None:
    """Close the rights of agreements that are over; asked for by the scheduler."""
    actions.close_ended_rights(by=User.objects.system(), at=timezone.now())


@task()
def follow_suspensions(thing_id: str = "") -> None:
    """Hold or give back services as agreements are suspended; asked for when one is, or is no more, and each minute."""
    suspensions.follow(by=User.objects.system(), at=timezone.now())


@task()
def reconcile_due() -> None:
    """Make so what is due; asked for by the scheduler, whether or not a message was lost."""
    actions.reconcile_due(by=User.objects.system(), at=timezone.now())
