"""The certificate of the mail servers: looked at in its file and as each shows it, made again, read again."""

from __future__ import annotations

import os
import socket
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from socle.engines.postfix_dovecot import configuration
from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.postfix_dovecot.servers import Servers
from socle.lib.refusals import refuse
from socle.mail.server_status import Certificate

PATIENCE = 5.0


def look(layout: Layout) -> Certificate:
    """Read when it ends, in its file and in the hands of each server: one renewed is shown once it was read again."""
    path = Path(layout.certificate)
    try:
        ends_at = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        ends_at = None
    ports = {"Dovecot": layout.ports.imaps, "Postfix": layout.ports.submissions}
    shown = [(name, _shown_until(layout, port)) for name, port in ports.items()]
    return Certificate(str(path), is_own(layout), ends_at, tuple((name, end) for name, end in shown if end))


def is_own(layout: Layout) -> bool:
    """Whether the servers signed it themselves."""
    return Path(layout.certificate) == configuration.own_certificate(layout)[0]


def _shown_until(layout: Layout, port: int) -> datetime | None:
    # Whatever it is worth: one that is over is what is looked for.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((layout.reached_at, port), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=layout.host) as encrypted,
        ):
            shown = encrypted.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(shown or b"").not_valid_after_utc
    except (OSError, ValueError):
        return None


def why_not_renew(layout: Layout, *, at: datetime) -> str | None:
    """Say why the servers cannot be given a good certificate here, or None."""
    if os.geteuid() != 0:
        return "Ces serveurs tournent sous root\u00a0: relancez cette commande avec sudo."
    found = look(layout)
    if found.is_own:
        return None
    if found.ends_at is None:
        return f"Le certificat {found.path} ne se lit pas\u00a0: redemandez-le à qui l’a délivré, puis recommencez."
    if found.ends_at <= at:
        ended = found.ends_at.astimezone(UTC)
        return (
            f"Le certificat {found.path} a expiré le {ended:%d/%m/%Y}, et ces serveurs ne l’ont pas fait\u00a0: "
            "renouvelez-le (certbot renew, ou auprès de qui l’a délivré), puis recommencez."
        )
    return None


def renew(layout: Layout, *, at: datetime) -> Certificate:
    """Make again the one that the servers signed, and have them read the one they are given. Raises `Refused`."""
    refuse(why_not_renew(layout, at=at))
    if is_own(layout):
        configuration.make_own_certificate(layout)
    Servers(layout).reload()
    found, deadline = look(layout), time.monotonic() + PATIENCE
    # Their processes are replaced one after the other.
    while {end for _, end in found.shown} - {found.ends_at} and time.monotonic() < deadline:
        time.sleep(0.2)
        found = look(layout)
    return found
