"""Reads a box in the platform's own stead, for its beneficiary: a secret of one use, gone when the reading ends.

The box is opened under a name of its own, to which nobody writes: whoever has it sees nothing of that. One that was
deleted and is still kept is read as well.
"""

from __future__ import annotations

import contextlib
import imaplib
import secrets
import ssl
from collections.abc import Iterator

from socle.engines.postfix_dovecot import chain, maps
from socle.engines.postfix_dovecot.exporting import home_of
from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.postfix_dovecot.maps import LENT
from socle.mail.models import Mailbox

# Nobody's domain (RFC 6761): no message is ever delivered there.
DOMAIN = "lecture.invalid"


@contextlib.contextmanager
def lent(layout: Layout, box: Mailbox) -> Iterator[imaplib.IMAP4]:
    """Signed in by IMAP in this box, whatever its state. Raises OSError or imaplib.IMAP4.error."""
    name = f"{secrets.token_hex(8)}@{DOMAIN}"
    secret = f"{secrets.token_hex(4)}-{secrets.token_hex(24)}"
    _write(layout, box, name, secret)
    try:
        client = chain.Named(layout.reached_at, layout.ports.imap, layout.host)
        try:
            client.starttls(chain.context(layout))
            client.login(name, secret)
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error, ssl.SSLError):
                client.logout()
    finally:
        _forget(layout, name)


def _write(layout: Layout, box: Mailbox, name: str, secret: str) -> None:
    with maps.writing(layout) as writer:
        held = writer.held([LENT])
        held.add("mailboxes", LENT, name, home_of(box), box.quota_bytes)
        held.add("logins", LENT, name, secret[:8], name, chain.digest(secret), 0)
        writer.write(held, owners=[LENT])


def _forget(layout: Layout, name: str) -> None:
    with maps.writing(layout) as writer:
        held = writer.held([LENT])
        for relation in ("mailboxes", "logins"):
            held.rows[relation] = {row for row in held.rows[relation] if row[1] != name}
        writer.write(held, owners=[LENT])
