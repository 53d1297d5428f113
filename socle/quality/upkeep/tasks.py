"""Deferred work of the upkeep of the sites: scores."""

from functools import partial

from django.utils import timezone
from django_tasks import task

from socle.lib import queue
from socle.lib.queue import BEHIND
from socle.quality.upkeep import score


@task(priority=BEHIND)
def score_sites() -> int:
    """Examine the sites that changed, and keep what is missing on each."""
    return score.keep_due(at=timezone.now(), is_awaited=partial(queue.is_awaited, above=BEHIND))
