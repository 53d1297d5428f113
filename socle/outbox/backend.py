"""The e-mail backend of a demonstration: it keeps each message and sends nothing."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from socle.outbox.models import Message


class OutboxBackend(BaseEmailBackend):
    """Named by `EMAIL_BACKEND` in demo mode."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages; return how many."""
        Message.objects.bulk_create(
            Message(
                to=", ".join(message.recipients())[:500],
                sender=message.from_email[:250],
                subject=message.subject[:300],
                body=str(message.body),
            )
            for message in email_messages
        )
        return len(email_messages)
