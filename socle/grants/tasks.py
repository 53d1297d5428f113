"""Deferred work: call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.grants import archives, publicity
from socle.grants.actions import publicity as captures
from socle.lib.queue import BEHIND
from socle.people.models import User


@task(priority=BEHIND)
def make_archives(claim_id: str = "") -> None:
    """Make the archives of evidence that were asked for, whichever it was; remove the old ones."""
    archives.make_due(at=timezone.now())
    archives.remove_old(at=timezone.now())


@task()
def follow_publicity(operation_id: str = "") -> None:
    """Publish again the sites that do not say who pays as it is due; all of them, whichever operation changed."""
    publicity.follow(at=timezone.now())


@task(priority=BEHIND)
def keep_captures() -> None:
    """Keep pages that say who pays, once a month."""
    captures.keep_captures(by=User.objects.system(), at=timezone.now())
