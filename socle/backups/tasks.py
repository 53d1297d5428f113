"""Deferred work: looking, checking, pruning, rehearsing, telling. Each takes a few of what is due."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task

from socle.backups import actions, drills, emails, inspection
from socle.backups.models import Repository
from socle.people.models import User


@task()
def look() -> None:
    """Look at the repositories, and let in whoever must be."""
    actions.publish_doors()
    inspection.look_due(by=User.objects.system(), at=timezone.now())


@task()
def check() -> None:
    """Check a few repositories."""
    inspection.check_due(by=User.objects.system(), at=timezone.now())


@task()
def prune() -> None:
    """Prune a few repositories."""
    inspection.prune_due(by=User.objects.system(), at=timezone.now())


@task()
def rehearse() -> None:
    """Rehearse the restoration of a few repositories."""
    drills.rehearse_due(by=User.objects.system(), at=timezone.now())


@task()
def check_one(repository_id: int, user_id: int) -> None:
    """Check this repository now, as this person asked."""
    with scopes_disabled():  # Who may ask was decided by the door.
        repository = Repository.objects.select_related("beneficiary").get(pk=repository_id)
        inspection.check(repository, by=User.objects.get(pk=user_id), at=timezone.now())


@task()
def rehearse_one(repository_id: int, user_id: int) -> None:
    """Rehearse the restoration of this repository now, as this person asked."""
    with scopes_disabled():  # As above.
        repository = Repository.objects.select_related("beneficiary").get(pk=repository_id)
        drills.rehearse(repository, by=User.objects.get(pk=user_id), at=timezone.now())


@task()
def tell_troubles() -> None:
    """Write to those whose saves are late or wrong."""
    emails.tell_troubles(at=timezone.now())
