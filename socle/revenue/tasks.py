"""Deferred work: call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.lib import queue
from socle.revenue import actions


@task()
def keep_readings(agreement_id: str = "") -> None:
    """Keep what the meter shows for each agreement just concluded; all of them, whichever it was."""
    with queue.with_those_waiting(keep_readings.module_path):
        actions.keep_readings(at=timezone.now())
