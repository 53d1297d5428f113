"""Deferred work on the names of the mail."""

from __future__ import annotations

import contextlib
import time

from django.utils import timezone
from django_scopes import scope, scopes_disabled
from django_tasks import task

from socle.lib import queue
from socle.lib.queue import BEHIND, SLICE
from socle.mail.contract import ZonesError
from socle.mail.models.domains import Domain
from socle.mail.zoning import actions
from socle.people.models import User


@task(priority=BEHIND)
def check_domains() -> int:
    """Look at the domains whose next check has come, not for long: each asks servers that are not ours."""
    begun, count = time.monotonic(), 0
    actions.follow_new(at=timezone.now(), limit=200)
    for domain in actions.due_checks(at=timezone.now(), limit=50):
        with scope(beneficiary=domain.beneficiary_id):
            actions.check_domain(domain, by=User.objects.system(), at=timezone.now())
        count += 1
        if time.monotonic() - begun > SLICE or queue.is_awaited(above=BEHIND):
            break
    return count


@task()
def follow_domain(domain_id: str) -> None:
    """Have a domain that has just changed written again, and looked at."""
    with scopes_disabled():  # A task knows its domain by identifier.
        domain = Domain.objects.filter(pk=int(domain_id)).first()
    if domain is not None:
        actions.write_soon(domain, at=timezone.now())


@task()
def write_zones() -> int:
    """Write the zones that are due, not for long; the operator's own records first."""
    begun, count = time.monotonic(), 0
    actions.follow_new(at=timezone.now(), limit=200)
    due = actions.due_zones(at=timezone.now(), limit=200)
    if not due:
        return 0
    with contextlib.suppress(ZonesError):  # Each domain meets the same refusal, and keeps it.
        actions.make_base()
    for domain in due:
        with scope(beneficiary=domain.beneficiary_id):
            actions.make_zone(domain, by=User.objects.system(), at=timezone.now())
        count += 1
        if time.monotonic() - begun > SLICE:
            break
    return count
