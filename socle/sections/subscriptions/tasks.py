"""Deferred work of the alerts sent by e-mail."""

from functools import partial

from django.utils import timezone
from django_tasks import task

from socle.lib import queue
from socle.lib.queue import LAST, SLICE
from socle.sections.subscriptions import emails as subscriptions


@task(priority=5)
def send_subscription_letters() -> int:
    """Send the links that confirm the addresses left for the alerts."""
    return subscriptions.send_links(at=timezone.now())


@task(priority=5)
def send_urgent_alerts() -> int:
    """Write the urgent alerts to those who asked for them: a river that rises waits for no batch."""
    return subscriptions.send_alerts(at=timezone.now(), is_urgent=True, seconds=SLICE)


@task(priority=LAST)
def send_alerts() -> int:
    """Write the alerts to those who asked for them, after everything else, and giving way to it."""
    return subscriptions.send_alerts(at=timezone.now(), seconds=SLICE, is_awaited=partial(queue.is_awaited, above=LAST))
