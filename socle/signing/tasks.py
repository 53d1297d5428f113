"""Deferred work of this room."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.people.models import User
from socle.signing import contract, qualification


@task()
def renew_trusted_lists() -> None:
    """Read the trusted lists again; asked for by the scheduler."""
    if contract.is_set():
        qualification.renew(by=User.objects.system(), at=timezone.now())
