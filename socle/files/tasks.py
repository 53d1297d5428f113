"""Deferred work: call an action."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.files.actions import spaces


@task()
def sweep() -> None:
    """Remove the bytes that nothing names, and forget the locks that are over; asked for by the scheduler."""
    spaces.sweep(at=timezone.now())
