"""Deferred work: load by identifier, call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.mail import letters


@task()
def send_confirmations() -> int:
    """Ask the owners of outside addresses who were not asked yet."""
    return letters.send_due(at=timezone.now())
