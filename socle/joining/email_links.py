"""The links of the letters: drawn when a letter leaves, kept as digests, read back from an address."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings

from socle.joining.models import JoinLink, JoinRequest

Purpose = JoinLink.Purpose
# No token of ours is longer: what is longer is not worth hashing.
LONGEST = 100


def draw(request: JoinRequest, purpose: JoinLink.Purpose, *, at: datetime) -> str:
    """Make a link for this purpose and return its token, which nothing keeps."""
    is_brief = purpose == Purpose.CONFIRM
    days = settings.SOCLE_JOINING_CONFIRM_DAYS if is_brief else settings.SOCLE_JOINING_FOLLOW_DAYS
    token = secrets.token_urlsafe(32)
    JoinLink.objects.create(
        request=request, purpose=purpose, token_sha256=digest(token), expires_at=at + timedelta(days=days)
    )
    return token


def read(token: str, purpose: JoinLink.Purpose) -> JoinLink | None:
    """Return the link of this address, whatever became of it, or None; one made for another purpose opens nothing."""
    if not token or len(token) > LONGEST:
        return None
    found = JoinLink.objects.filter(token_sha256=digest(token), purpose=purpose)
    return found.select_related("request__programme", "request__commune__department", "request__department").first()


def digest(token: str) -> str:
    """Return what is kept of a token, or of what a form bore."""
    return hashlib.sha256(token.encode()).hexdigest()
