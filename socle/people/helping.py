"""Who is, at this very moment, acting in a mairie's name to help it. Set by the gate of each door, read by the rules.

Outside that moment a helper has no right at all there: whatever they do in a mairie's name goes through the gate, and
therefore says so in the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from socle.people.models import Beneficiary, User

_now: ContextVar[tuple[int, int] | None] = ContextVar("helping", default=None)


@contextmanager
def lent(user: User, beneficiary: Beneficiary) -> Iterator[None]:
    """Let this person help this beneficiary for the time of a request."""
    token = _now.set((user.pk, beneficiary.pk))
    try:
        yield
    finally:
        _now.reset(token)


def helps(user: User, beneficiary: Beneficiary) -> bool:
    """Say whether this person is helping this beneficiary right now."""
    return _now.get() == (user.pk, beneficiary.pk)
