"""Deferred work: call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.assemblies import emails


@task(priority=5)
def send_convocations(meeting_id: str = "") -> int:
    """Send the convocations that must leave, whichever meeting they are of."""
    return emails.send_due(at=timezone.now())
