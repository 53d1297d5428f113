"""Deferred work on the communes' websites."""

from django.utils import timezone
from django_tasks import task

from socle.websites import actions


@task()
def index_new_sites() -> int:
    """Tell the indexes about the sites just made."""
    return actions.index_sites(at=timezone.now())
