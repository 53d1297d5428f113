"""Secrets that must be read again: encrypted where they rest, under a key drawn from the platform's own.

What only has to be recognised (a token, a password) is hashed instead. Each purpose has its own key, so that what was
kept for one is never read for another. The former keys of SOCLE_SECRET_KEY_FALLBACKS still read.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """The platform's key changed since this was kept, and the former one is no longer given."""


def keep(secret: str, *, purpose: str) -> str:
    """Return what may rest in the database."""
    return _safe(purpose).encrypt(secret.encode()).decode()


def read(kept: str, *, purpose: str) -> str:
    """Return the secret again; raise `Unreadable`."""
    try:
        return _safe(purpose).decrypt(kept.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _safe(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(purpose.encode() + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
