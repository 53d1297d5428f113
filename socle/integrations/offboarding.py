"""Holdings of a person who leaves: the tokens and the webhooks of the organisation, one by one."""

from __future__ import annotations

from datetime import date, datetime

from socle.integrations import actions, webhooks
from socle.integrations.models import Status, Token, Webhook
from socle.people.models import Membership, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "jetons",
        "Jetons d’accès",
        "socle.integrations.offboarding.tokens",
        "Ils n’ouvrent plus rien, jusqu’à ce que quelqu’un les reprenne.",
        "socle.integrations.offboarding.pass_tokens",
        {"mairie": "mairie:tokens", "console": "console:tokens"},
    ),
    Kind(
        "webhooks",
        "Webhooks",
        "socle.integrations.offboarding.told_addresses",
        "Ils attendent que quelqu’un les reprenne ; rien de ce qui est à dire n’est perdu.",
        "socle.integrations.offboarding.pass_addresses",
        {"mairie": "mairie:webhooks", "console": "console:webhooks"},
    ),
)


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


def _addresses(membership: Membership) -> list[Webhook]:
    owner = membership.beneficiary or membership.operator
    assert owner is not None
    held = Webhook.objects.of(owner).filter(held_by=membership.user_id).exclude(status=Status.REMOVED)
    return list(held.order_by("name", "pk"))


def told_addresses(membership: Membership, on: date) -> list[str]:
    """The webhooks this person answers for there, by their names."""
    return [webhook.name for webhook in _addresses(membership)]


def pass_addresses(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Whoever takes over answers for them, if they may; the others wait, and nothing of what is to be told is lost."""
    return sum(webhooks.pass_webhook(webhook, to=to, by=by, at=at) for webhook in _addresses(membership))
