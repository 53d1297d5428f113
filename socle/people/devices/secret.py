"""The secret of a device: how it is drawn, written, read back and checked.

Twenty characters drawn among thirty-two are a hundred bits: nobody tries them all, however fast each try is. A slow
hash defends what people choose, and would only slow down the programs that show this secret at each request (a calendar
asks several times a minute). Hence a salted SHA-256, in the very form in which Dovecot checks it by itself
(https://doc.dovecot.org/latest/core/config/auth/schemes.html, SSHA256).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets

# Crockford's: no i, l, o nor u, so that nothing is read for something else (https://www.crockford.com/base32.html).
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
PREFIX, GROUPS, GROUP = 8, 4, 5
SCHEME = "{SSHA256}"
_SALT = 16
_WRITTEN = re.compile(rf"[{LETTERS}]{{{PREFIX}}}(?:-[{LETTERS}]{{{GROUP}}}){{{GROUPS}}}", re.ASCII)
# What is read for another letter, and what people put between the groups.
_MISREAD = str.maketrans({"i": "1", "l": "1", "o": "0", "-": None, " ": None, "\u00a0": None, "\u2011": None})
# Beyond, it is no secret of ours whatever it holds: nothing more is read.
LONGEST = 80


def draw() -> str:
    """Return a new secret, its public prefix first: `k7m3p9qd-2vw8x-…`."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(PREFIX + GROUPS * GROUP))
    return _written(drawn)


def read(presented: str) -> str | None:
    """Return the secret as it was shown, from what a person or a program gives back; None when it cannot be one."""
    if len(presented) > LONGEST:
        return None
    letters = presented.strip().lower().translate(_MISREAD)
    written = _written(letters)
    return written if len(letters) == PREFIX + GROUPS * GROUP and _WRITTEN.fullmatch(written) else None


def prefix_of(secret: str) -> str:
    """Return the public part of a secret."""
    return secret[:PREFIX]


def digest_of(secret: str) -> str:
    """Return what is kept of a secret, with a salt of its own."""
    salt = secrets.token_bytes(_SALT)
    return SCHEME + base64.b64encode(hashlib.sha256(secret.encode() + salt).digest() + salt).decode()


def is_of(secret: str, digest: str) -> bool:
    """Say, in a time that tells nothing, whether this digest is this secret's; False when it is no digest of ours."""
    try:
        kept = base64.b64decode(digest.removeprefix(SCHEME), validate=True)
    except (binascii.Error, ValueError):
        return False
    found, salt = kept[:32], kept[32:]
    return hmac.compare_digest(found, hashlib.sha256(secret.encode() + salt).digest())


def _written(letters: str) -> str:
    groups = [letters[at : at + GROUP] for at in range(PREFIX, len(letters), GROUP)]
    return "-".join([letters[:PREFIX], *groups])
