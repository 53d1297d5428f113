"""Deferred work: call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.joining import actions, emails
from socle.lib import queue
from socle.people.models import User


@task()
def send_letters() -> None:
    """Send the letters of requests to join that must leave."""
    emails.send_due(at=timezone.now())


@task()
def follow_drafts(agreement_id: str = "") -> None:
    """See which open requests have their agreement by now, drafted from another page; all of them, whichever it was."""
    with queue.with_those_waiting(follow_drafts.module_path):
        actions.follow_drafts(by=User.objects.system(), at=timezone.now())


@task()
def remind_silent() -> None:
    """Remind of the open requests of which nothing moved for long."""
    actions.remind_silent(by=User.objects.system(), at=timezone.now())
