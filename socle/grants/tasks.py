"""Deferred work: call one function."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task


@task()
def make_archives(claim_id: str = "") -> None:
    """Make the archives of evidence that were asked for, whichever it was; remove the old ones."""
    from socle.grants.archives import make_due, remove_old

    make_due(at=timezone.now())
    remove_old(at=timezone.now())
