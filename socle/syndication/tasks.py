"""Deferred work of what is shared."""

from django.utils import timezone
from django_tasks import task

from socle.syndication import actions as sharing


@task()
def follow_shares() -> int:
    """Offer what is shared to the sites it is now for, and take it off those it is for no longer."""
    return sharing.follow_audiences(at=timezone.now())
