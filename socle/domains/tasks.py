"""Deferred work on names: those due are checked in the DNS, and their zones written."""

from __future__ import annotations

import contextlib
import time

from django.utils import timezone
from django_scopes import scope
from django_tasks import task

from socle.domains import actions
from socle.domains.contract import ZonesError
from socle.lib import queue
from socle.lib.queue import BEHIND, SLICE
from socle.people.models import User


@task(priority=BEHIND)
def check_names() -> int:
    """Check the names whose time has come, not for long: each asks servers that are not ours."""
    begun, count = time.monotonic(), 0
    for name in actions.due_checks(at=timezone.now(), limit=50):
        with scope(beneficiary=name.beneficiary_id):
            actions.check_name(name, by=User.objects.system(), at=timezone.now())
        count += 1
        if time.monotonic() - begun > SLICE or queue.is_awaited(above=BEHIND):
            break
    return count


@task()
def write_zones() -> int:
    """Write the zones that are due, not for long; the operator's own records first."""
    begun, count = time.monotonic(), 0
    due = actions.due_zones(at=timezone.now(), limit=200)
    if not due:
        return 0
    with contextlib.suppress(ZonesError):  # Each name meets the same refusal, and keeps it.
        actions.make_base()
    for name in due:
        with scope(beneficiary=name.beneficiary_id):
            actions.make_zone(name, by=User.objects.system(), at=timezone.now())
        count += 1
        if time.monotonic() - begun > SLICE:
            break
    return count
