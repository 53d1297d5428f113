"""The e-mail backend of an installation in service: Django's own, whose failures are counted."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from socle.lib.counters import MESSAGES


class CountedSmtp(EmailBackend):
    """Named by `EMAIL_BACKEND` when the messages leave by SMTP. It never waits for ever."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send the messages; return how many left."""
        try:
            sent = super().send_messages(email_messages) or 0
        except Exception:
            MESSAGES.labels("failed").inc(len(email_messages))
            raise
        MESSAGES.labels("sent").inc(sent)
        if sent < len(email_messages):
            MESSAGES.labels("failed").inc(len(email_messages) - sent)
        return sent
