"""The e-mail backend of an installation in service: Django's own, whose failures are counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from socle.lib.counters import MESSAGES
from socle.outbox.departures import name_of


class CountedSmtp(EmailBackend):
    """Named by `EMAIL_BACKEND` when the messages leave by SMTP. It never waits for ever."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send the messages; return how many left. Each has a name drawn from what it is, if it had none."""
        for message in email_messages:
            if not any(name.lower() == "message-id" for name in message.extra_headers):
                message.extra_headers["Message-ID"] = _name(message)
        try:
            sent = super().send_messages(email_messages) or 0
        except Exception:
            MESSAGES.labels("failed").inc(len(email_messages))
            raise
        MESSAGES.labels("sent").inc(sent)
        if sent < len(email_messages):
            MESSAGES.labels("failed").inc(len(email_messages) - sent)
        return sent


def _name(message: EmailMessage) -> str:
    """The same words to the same people the same day are one message, sent again by who did not know it had left."""
    day = datetime.now(UTC).date()
    return name_of(day, message.from_email, *sorted(message.recipients()), message.subject, message.body)
