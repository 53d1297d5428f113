"""How a message leaves: under a name drawn from what it is, and once at most where a second one would hurt.

A worker may die after the mail server has taken a message and before the database knows it. Played again, the task
would send a second one. Two answers, by what it costs:

- `send` may leave twice, never less than once (your turn to sign): the second bears the same `Message-ID`, by which
  relays and mailboxes know it for the same.
- `send_once` never leaves twice (a reminder): what leaves is claimed first, in a transaction of its own. A claim whose
  sender died stays claimed, and its message is lost rather than doubled: the next reminder comes anyway.
"""

from __future__ import annotations

import logging
import smtplib
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from socle.outbox.models import Departure

log = logging.getLogger("socle.outbox")

# What a server says of one address, and of no other.
ADDRESS_REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)
# What a server, or the lack of one, says before it has taken anything: the message may be tried again.
NOT_TAKEN = (
    smtplib.SMTPResponseException,
    *ADDRESS_REFUSED,
    ConnectionRefusedError,
    socket.gaierror,
)
# No task is played again after so long.
KEPT = timedelta(days=400)
Key = Iterable[object]


def is_no_address(error: Exception) -> bool:
    """Say whether a server refuses an address for good (RFC 5321, 5yz), and not for now."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPNotSupportedError)


def name_of(*parts: object) -> str:
    """Return the Message-ID of what these parts tell: the same today and tomorrow, and nobody reads them in it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "socle.invalid"
    return f"<{_digest(parts)}@{domain}>"


def _digest(parts: Key) -> str:
    told = "\x1f".join(str(part) for part in parts)
    return salted_hmac("socle.outbox.departures", told, algorithm="sha256").hexdigest()[:40]


def send(
    key: Key,
    subject: str,
    text: str,
    to: str,
    *,
    headers: Mapping[str, str] | None = None,
    calendar: tuple[str, str] | None = None,
) -> None:
    """Send one message to one person, under the name of its key; `headers` are added to its own.

    `calendar` is an event that goes along, with what is done of it (iMIP, RFC 6047): ("REQUEST", "BEGIN:VCALENDAR…").
    """
    # What people typed may hold a line break: a subject is one line.
    one_line = " ".join(subject.split())
    named = {**(headers or {}), "Message-ID": name_of(*key, to.lower())}
    message = EmailMultiAlternatives(one_line, text, None, [to], headers=named)
    if calendar is not None:
        method, event = calendar
        message.attach_alternative(event, f"text/calendar; method={method}")
    message.send()


def send_once(
    key: Key,
    subject: str,
    text: str,
    to: str,
    *,
    at: datetime,
    headers: Mapping[str, str] | None = None,
    calendar: tuple[str, str] | None = None,
) -> bool:
    """Send one message to one person, unless one of this key has left or may have; say whether it left now.

    Called out of any transaction. What the server refused, or never heard of, may be tried again: the claim is given
    back and the error raised. When the conversation broke in the middle nobody knows, and nothing leaves again.
    """
    with transaction.atomic(durable=True):
        claim, is_mine = Departure.objects.get_or_create(key=_digest((*key, to.lower())), defaults={"claimed_at": at})
    if not is_mine:
        if claim.left_at is None:
            log.warning("departure %s was claimed and never said to have left: it is not sent again", claim.pk)
        return False
    try:
        send(key, subject, text, to, headers=headers, calendar=calendar)
    except NOT_TAKEN:
        claim.delete()
        raise
    Departure.objects.filter(pk=claim.pk).update(left_at=at)
    return True


def forget_old() -> int:
    """The tick: let go of the claims so old that nothing could make their message leave again; return how many."""
    return Departure.objects.filter(claimed_at__lt=timezone.now() - KEPT).delete()[0]
