"""Deferred work: what is due to the webhooks, and what is written to whoever answers for them."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.integrations import deliveries, emails


@task()
def send_due(webhook_id: str = "") -> None:
    """Send what is due; `webhook_id` is the one whose news it follows."""
    deliveries.send_due()


@task()
def tell_owners() -> None:
    """Write to those whose webhook is stopped, or did not receive what was meant for it."""
    emails.tell_owners(at=timezone.now())
