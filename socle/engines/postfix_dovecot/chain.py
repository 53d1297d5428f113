"""A real message of the operator's own, from box to box every few minutes, by the way everybody's take.

Signed in and encrypted, signed, delivered, read by IMAP and removed: what works for it works for the communes. Its two
boxes belong to no commune, at a domain that no commune can be given; so does the one of the answers (`answers`).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import imaplib
import secrets
import smtplib
import ssl
import time
from email.message import EmailMessage
from email.utils import localtime
from typing import Literal

from django.conf import settings
from django.utils import timezone

from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.postfix_dovecot.maps import Relations
from socle.mail import server_status
from socle.mail.models import ChainTest

# Of nobody: beneficiaries have positive numbers.
OWNER = 0
# Where guests answer at the domain of each mairie: see `answers`.
ANSWERS_AT = "reponses-agenda"
PATIENCE = 60.0
TIMEOUT = 20.0
QUOTA = 10_000_000


def domain() -> str:
    """The domain of the two boxes, or nothing when the operator has none."""
    return f"essais-de-la-chaine.{settings.SOCLE_MAIL_DOMAIN}" if settings.SOCLE_MAIL_DOMAIN else ""


def answers_box() -> str:
    """The box where the answers to invitations wait to be read."""
    return f"reponses@{domain()}"


def add_relations(layout: Layout, relations: Relations) -> None:
    """Let the servers know these boxes."""
    name = domain()
    if not name or not layout.chain_secret:
        return
    relations.add("domains", OWNER, name)
    for local in ("depart", "arrivee", "reponses"):
        address = f"{local}@{name}"
        relations.add("mailboxes", OWNER, address, f"essais/{local}", QUOTA)
        relations.add("senders", OWNER, address, address)
        relations.add("logins", OWNER, address, layout.chain_secret[:8], address, digest(layout.chain_secret), 1)


def digest(secret: str) -> str:
    """Return the hash that Dovecot keeps of a secret drawn by the platform itself."""
    # The salt comes from the secret: the same row each time, so that nothing is written when nothing changed.
    salt = hashlib.sha256(b"salt:" + secret.encode()).digest()[:8]
    return "{SSHA256}" + base64.b64encode(hashlib.sha256(secret.encode() + salt).digest() + salt).decode()


def run(layout: Layout) -> ChainTest:
    """Send one message and wait until it is read; note how long it took, or what did not work."""
    test = server_status.begin_chain_test(at=timezone.now())
    mark, begun = secrets.token_hex(12), time.monotonic()
    try:
        _send(layout, mark)
    except (OSError, smtplib.SMTPException) as error:
        return server_status.end_chain_test(test, error=_said("L’envoi n’a pas abouti", error), at=timezone.now())
    try:
        while not _arrived(layout, mark):
            if time.monotonic() - begun > PATIENCE:
                says = f"Parti, le message n’est pas arrivé en {PATIENCE:.0f}\u00a0secondes."
                return server_status.end_chain_test(test, error=says, at=timezone.now())
            time.sleep(0.5)
    except (OSError, imaplib.IMAP4.error) as error:
        return server_status.end_chain_test(test, error=_said("La lecture n’a pas abouti", error), at=timezone.now())
    return server_status.end_chain_test(test, seconds=round(time.monotonic() - begun, 2), at=timezone.now())


def _said(what: str, error: Exception) -> str:
    return f"{what}\u00a0: {type(error).__name__}."


def context(layout: Layout) -> ssl.SSLContext:
    """The certificate must be that of these servers: their own when they signed it, else one that everybody knows."""
    own = str(layout.folder / "tls/cert.pem")
    context = ssl.create_default_context(cafile=own if layout.certificate == own else None)
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def _send(layout: Layout, mark: str) -> None:
    sender, to = f"depart@{domain()}", f"arrivee@{domain()}"
    said = EmailMessage()
    said["From"], said["To"], said["Subject"] = sender, to, f"Essai de la chaîne {mark}"
    said["Date"], said["X-Chain"] = localtime(), mark
    said.set_content("Message d’essai de l’opérateur, effacé dès qu’il est lu.\n")
    checking = context(layout)
    with smtplib.SMTP(layout.reached_at, layout.ports.submission, timeout=TIMEOUT) as client:
        # The name of the certificate is checked, whatever address these servers listen to.
        client._host = layout.host  # type: ignore[attr-defined]
        client.starttls(context=checking)
        client.login(sender, layout.chain_secret)
        client.send_message(said)


class Named(imaplib.IMAP4):
    """Calls an address, and checks the certificate of a name."""

    def __init__(self, host: str, port: int, name: str) -> None:
        self.named = name
        super().__init__(host, port, timeout=TIMEOUT)

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[Literal["OK"], list[None]]:
        called, self.host = self.host, self.named
        try:
            return super().starttls(ssl_context)
        finally:
            self.host = called


def _arrived(layout: Layout, mark: str) -> bool:
    client = Named(layout.reached_at, layout.ports.imap, layout.host)
    try:
        client.starttls(context(layout))
        client.login(f"arrivee@{domain()}", layout.chain_secret)
        client.select("INBOX")
        _, (found,) = client.search(None, "HEADER", "X-Chain", mark)
        if not found:
            return False
        # The box never fills: all that is there goes, the messages of trials that were cut short as well.
        client.store("1:*", "+FLAGS", "\\Deleted")
        client.expunge()
        return True
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.logout()
