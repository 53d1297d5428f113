"""Answers of guests' programs by mail, at the domain of the mairie that invites; read by the platform alone.

Every mairie's address leads to one box of the operator's, which holds them for a minute. The mark in the address says
for whom and for what (`agenda.guests`); whatever else arrives there is for nobody, and goes.
"""

from __future__ import annotations

import contextlib
import email
import imaplib
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import Message

from django_scopes import scopes_disabled

from socle.agenda import guests
from socle.engines.postfix_dovecot import chain, exporting
from socle.engines.postfix_dovecot.layout import Layout
from socle.lib.refusals import Refused
from socle.mail.models import Domain
from socle.mail.models.domains import Status

log = logging.getLogger("socle.agenda")

# How many are read in one go, how heavy one may be, in bytes, and how many parts of it are looked at.
MOST, HEAVIEST, MOST_PARTS = 200, 1_000_000, 50
MARK = re.compile(r"\+(\d{1,12}-[0-9a-f]{24})@", re.ASCII | re.IGNORECASE)


class Letterbox:
    """Where guests answer (`agenda.contract.Letterbox`), for a mairie whose mail is ours."""

    def address(self, beneficiary_id: int, mark: str) -> str:
        """Return an address at the main domain of this mairie; nothing when it receives no mail here."""
        if exporting.layout() is None or not chain.domain():
            return ""
        with scopes_disabled():  # The domains of this very mairie.
            known = Domain.objects.open().filter(beneficiary=beneficiary_id).exclude(status=Status.PREPARED)
            name = known.order_by("-is_main", "name").values_list("name", flat=True).first()
        return f"{chain.ANSWERS_AT}+{mark}@{name}" if name else ""


def read(layout: Layout, *, at: datetime) -> tuple[int, int]:
    """Read what has come, keep the answers, and empty the box; return how many were kept, and how many said nothing.

    An answer read twice, after a crash, changes nothing. One that we cannot read by our own fault is said in the log,
    stays for whoever mends it, and keeps the others from nothing. Raises OSError or imaplib.IMAP4.error.
    """
    kept = others = 0
    client = chain.Named(layout.reached_at, layout.ports.imap, layout.host)
    try:
        client.starttls(chain.context(layout))
        client.login(chain.answers_box(), layout.chain_secret)
        client.select("INBOX")
        _, (found,) = client.search(None, "UNFLAGGED")
        for number in found.decode().split()[:MOST]:
            try:
                guests.take_reply(*reply_in(_whole(client, number)), at=at)
                kept += 1
            except Refused as refusal:
                others += 1
                log.info("what came back to an invitation was not kept: %s", refusal.sentence)
            except OSError:  # The disk is full: later.
                raise
            except Exception:
                others += 1
                log.exception("what came back to an invitation could not be read")
                client.store(number, "+FLAGS", "\\Flagged")
                continue
            client.store(number, "+FLAGS", "\\Deleted")
        client.expunge()
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.logout()
    return kept, others


def _whole(client: imaplib.IMAP4, number: str) -> bytes:
    """The bytes of one message, or its beginning when it is too heavy to be an answer."""
    _, parts = client.fetch(number, f"(BODY.PEEK[]<0.{HEAVIEST}>)")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def reply_in(raw: bytes) -> tuple[str, str]:
    """Return the mark and the calendar that a message bears. Raises `Refused` when it has not both."""
    said = email.message_from_bytes(raw)
    # Dovecot writes it above all that the sender wrote: the address to which it was delivered.
    mark = MARK.search(str(said.get("Delivered-To", "")))
    text = next(_calendars(said), None)
    if mark is None or text is None:
        raise Refused("Ce message ne répond à aucune invitation.")
    return mark[1].lower(), text


def _calendars(said: Message) -> Iterator[str]:
    for rank, part in enumerate(said.walk()):
        if rank == MOST_PARTS:
            return
        if part.get_content_type() == "text/calendar":
            body = part.get_payload(decode=True)
            yield body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
