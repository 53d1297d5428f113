"""Deferred work: load by identifier, call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.mail import letters
from socle.mail.bringing import carrying


@task()
def send_confirmations() -> int:
    """Ask the owners of outside addresses who were not asked yet."""
    return letters.send_due(at=timezone.now())


@task()
def carry_on() -> None:
    """Carry the bringings of old boxes on, for a slice; what remains is left to the next one."""
    if carrying.carry_due(at=timezone.now()):
        carry_on.enqueue()
