"""What a person who leaves answers for here: the tokens of the organisation, one by one."""

from __future__ import annotations

from datetime import date, datetime

from socle.integrations import actions
from socle.integrations.models import Token
from socle.people.models import Membership, User


def _tokens(membership: Membership) -> list[Token]:
    owner = membership.beneficiary or membership.operator
    assert owner is not None
    held = Token.objects.of(owner).filter(held_by=membership.user_id, revoked_at__isnull=True)
    return list(held.order_by("name", "pk"))


def tokens(membership: Membership, on: date) -> list[str]:
    """The tokens this person answers for there, by their names."""
    return [token.name for token in _tokens(membership)]


def pass_tokens(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Whoever takes over answers for them, if they may; the others open nothing until somebody takes them."""
    return sum(actions.pass_token(token, to=to, by=by, at=at) for token in _tokens(membership))
