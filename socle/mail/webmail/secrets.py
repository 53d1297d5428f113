"""Secrets that the webmail and the mail servers show the platform, and what is drawn for them.

The two shared secrets derive from the platform's own key: nothing more to keep, and each server knows its own only.
"""

from __future__ import annotations

import hashlib
import secrets

from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.debug import sensitive_variables

# How Roundcube and Dovecot call themselves.
WEBMAIL, SERVERS = "roundcube", "dovecot"
_SALT = "socle.mail.webmail.secrets"


def secret_of(client: str) -> str:
    """The secret of one of them, as its configuration holds it: letters and figures only."""
    return salted_hmac(_SALT, client, algorithm="sha256").hexdigest()


@sensitive_variables("shown")
def is_secret_of(client: str, shown: str) -> bool:
    """Say, in a time that tells nothing, whether this is its secret."""
    return constant_time_compare(secret_of(client), shown)


def draw() -> str:
    """Return a new code or token: 256 bits."""
    return secrets.token_urlsafe(32)


@sensitive_variables("drawn")
def digest_of(drawn: str) -> str:
    """Return what is kept of a code or a token."""
    return hashlib.sha256(drawn.encode()).hexdigest()
