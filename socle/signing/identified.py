"""How a door knows that whoever signs was identified again: asked of allauth, which then resumes the same request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest

from socle.lib import limits
from socle.people.models import User
from socle.signing.evidence import SignIn
from socle.signing.rules import SIGNED_IN_WITHIN


def sign_in_of(request: HttpRequest, *, at: datetime) -> SignIn | None:
    """Return how this person was last identified; None in a demonstration, where nobody has a password.

    Raises `ReauthenticationRequired` when it was too long ago and the platform can ask: its page asks for a password, a
    code or a passkey, then the same request comes again. Whoever signs in at another's (an identity provider) is told
    by the rule to sign in again there.
    """
    found = last_sign_in(request)
    person = request.user
    if found is None:
        return None
    if at - found.at > SIGNED_IN_WITHIN and isinstance(person, User) and get_reauthentication_flows(person):
        raise ReauthenticationRequired
    return found


def last_sign_in(request: HttpRequest) -> SignIn | None:
    """The same, without asking again: of a request that brings a file, which would not come again with it."""
    if settings.DEMO:
        return None
    person = request.user
    records = get_authentication_records(request, person if isinstance(person, User) else None)
    last: dict[str, Any] = records[-1] if records else {"method": "unknown", "at": 0.0}
    return SignIn(
        method=str(last["method"]),
        at=datetime.fromtimestamp(last["at"], UTC),
        session_sha256=hashlib.sha256((request.session.session_key or "").encode()).hexdigest(),
        address=limits.visitor(request),
    )


def frozen(documents: Iterable[tuple[str, str]]) -> str:
    """The SHA-256 of a list as it was read: each number, and the hash of what is signed."""
    return hashlib.sha256("\n".join(f"{number} {sha256}" for number, sha256 in documents).encode()).hexdigest()
