"""Deferred work: call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.lib import queue


@task()
def keep_readings(agreement_id: str = "") -> None:
    """Keep what the meter shows for each agreement just concluded; all of them, whichever it was."""
    from socle.revenue.actions import keep_readings as keep

    with queue.with_those_waiting(keep_readings.module_path):
        keep(at=timezone.now())
