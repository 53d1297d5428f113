"""Where programs read and send: what the settings say, and nothing of anybody."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Servers:
    """The names and ports of our servers; both speak TLS from the first byte (RFC 8314)."""

    imap_host: str
    imap_port: int
    smtp_host: str
    smtp_port: int
    mx: tuple[str, ...]


def settings_of() -> Servers:
    """Return the servers that the settings name."""
    return Servers(
        settings.SOCLE_MAIL_IMAP_HOST,
        settings.SOCLE_MAIL_IMAP_PORT,
        settings.SOCLE_MAIL_SMTP_HOST,
        settings.SOCLE_MAIL_SMTP_PORT,
        tuple(settings.SOCLE_MAIL_MX),
    )
