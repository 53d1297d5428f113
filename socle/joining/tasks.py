"""Deferred work: call one function."""

from django.utils import timezone
from django_tasks import task


@task()
def send_letters() -> None:
    """Send the letters of requests to join that must leave."""
    from socle.joining.letters import send_due

    send_due(at=timezone.now())
