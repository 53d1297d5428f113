"""Deferred work: load by identifier, call an action."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task

from socle.deliberations import incoming, sending
from socle.lib.queue import SLICE
from socle.people.models import User


@task()
def send(act_id: str = "") -> None:
    """Hand over what was just asked for about an act; each minute, all that waits, since a message may be lost."""
    with scopes_disabled():  # Of every body.
        sending.leave_due(act=act_id, by=User.objects.system(), at=timezone.now(), is_awaited=_slice())


@task(priority=-10)
def listen() -> None:
    """Ask the transmission devices what they have for us, those asked longest ago first; asked for by the scheduler."""
    with scopes_disabled():  # Of every body.
        incoming.poll(by=User.objects.system(), at=timezone.now(), is_awaited=_slice())


def _slice() -> Callable[[], bool]:
    """Say whether the time that one task may hold its worker is over."""
    deadline = time.monotonic() + SLICE
    return lambda: time.monotonic() > deadline
