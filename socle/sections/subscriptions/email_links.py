"""The links of the letters: one that confirms, drawn when its letter leaves; one that leaves, good for ever."""

from __future__ import annotations

import hashlib
import secrets

from django.core import signing

from socle.sections.subscriptions.models import AlertSubscription
from socle.sites.models.sites import WebSite

LEAVE = "socle.sections.subscriptions.leave"
# No token of ours is longer: what is longer is not worth hashing.
LONGEST = 120


def digest(token: str) -> str:
    """Return what is kept of the link that confirms."""
    return hashlib.sha256(token.encode()).hexdigest()


def draw() -> str:
    """Return a new token, which nothing keeps."""
    return secrets.token_urlsafe(32)


def to_confirm(token: str, website: WebSite) -> AlertSubscription | None:
    """Return the subscription that this link of this site confirms, whatever its age, or None."""
    if not token or len(token) > LONGEST:
        return None
    found: AlertSubscription | None = AlertSubscription.objects.filter(
        website=website, link_sha256=digest(token)
    ).first()
    return found


def leaving(subscription: AlertSubscription) -> str:
    """Return the token by which an address leaves: signed, so that nothing is kept of it, and never too old."""
    return signing.Signer(salt=LEAVE).sign(str(subscription.pk))


def to_leave(token: str, website: WebSite) -> AlertSubscription | None:
    """Return the subscription of this site that this link ends; None when it is over, or is none of ours."""
    if len(token) > LONGEST:
        return None
    try:
        key = signing.Signer(salt=LEAVE).unsign(token)
    except signing.BadSignature:
        return None
    found: AlertSubscription | None = AlertSubscription.objects.filter(website=website, pk=int(key)).first()
    return found


def is_ours(token: str) -> bool:
    """Say whether we signed this link, of whatever site: an address that has already left reads that it has."""
    try:
        signing.Signer(salt=LEAVE).unsign(token[:LONGEST])
    except signing.BadSignature:
        return False
    return True
