"""Deferred work of the import of former sites."""

from functools import partial

from django.utils import timezone
from django_tasks import task

from socle.lib import queue
from socle.lib.queue import SLICE
from socle.site_import import actions as importing


@task()
def carry_imports_on() -> None:
    """Read the former sites and import what was chosen, for a while: somebody looks, and publishing goes first."""
    importing.carry_on(seconds=SLICE, at=timezone.now(), is_awaited=partial(queue.is_awaited, above=0))
