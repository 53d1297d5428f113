"""Deferred work of the messages of inhabitants."""

from django.utils import timezone
from django_tasks import task

from socle.inbox import emails


@task(priority=5)
def send_message_letters() -> int:
    """Send the receipts, the notices and the answers that must leave."""
    return emails.send_due(at=timezone.now())
