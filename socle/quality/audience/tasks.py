"""Deferred work of the audience."""

from django.utils import timezone
from django_tasks import task

from socle.lib.queue import BEHIND, SLICE
from socle.quality.audience import reading as audience


@task(priority=BEHIND)
def read_audience() -> int:
    """Count the pages read since the last time, not for long: what remains waits for the next one."""
    return audience.read(at=timezone.now(), seconds=SLICE).counted
