"""Deferred work of the upkeep of the sites: scores, outside links."""

from functools import partial

from django.utils import timezone
from django_tasks import task

from socle.lib import queue
from socle.lib.queue import BEHIND, LAST, SLICE
from socle.quality.upkeep import asking, score


@task(priority=BEHIND)
def score_sites() -> int:
    """Examine the sites that changed, and keep what is missing on each."""
    return score.keep_due(at=timezone.now(), is_awaited=partial(queue.is_awaited, above=BEHIND))


@task(priority=LAST)
def ask_outside_links() -> int:
    """Ask the outside addresses that are due, not for long, and forget those that no page leads to any more."""
    asked = asking.ask_due(at=timezone.now(), seconds=SLICE, is_awaited=partial(queue.is_awaited, above=LAST))
    asking.forget_unlinked(at=timezone.now())
    return asked
