"""Letting a program in, narrowing what it opens, putting it out."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from socle.integrations import rules
from socle.integrations.models import KeptAnswer, Token, TokenScope
from socle.journal import actions as journal
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, Operator, User

# A shape of its own, so that one forgotten in a public place can be found by whoever looks for leaks.
SHAPE = re.compile(r"socle_([0-9a-z]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_LETTERS = "0123456789abcdefghijkmnpqrstuvwxyz"
# The last use is known to a minute: one write per request would cost more than it tells.
USE_IS_NOTED_EVERY = timedelta(minutes=1)
# The answer to a request that bears a key is kept so long: asked again, it is not done again.
ANSWERS_ARE_KEPT = timedelta(hours=24)


@transaction.atomic
def create_token(
    owner: Operator | Beneficiary,
    *,
    name: str,
    scopes: Collection[str],
    days: int,
    by: User,
    at: datetime,
    is_fictitious: bool = False,
) -> tuple[Token, str]:
    """Let a program in for so many days; return the token, and its secret which nobody will ever read again."""
    # The organisation's row is held so that two tokens never take the same name.
    type(owner)._default_manager.select_for_update().get(pk=owner.pk)
    refuse(rules.why_not_create_token(owner, name=name, scopes=scopes, days=days, by=by, at=at))
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    secret = f"socle_{prefix}_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        operator=owner if isinstance(owner, Operator) else None,
        beneficiary=owner if isinstance(owner, Beneficiary) else None,
        name=name.strip(),
        prefix=prefix,
        digest=_digest(secret),
        created_by=by,
        held_by=by,
        created_at=at,
        expires_at=at + timedelta(days=days),
        is_fictitious=is_fictitious,
    )
    TokenScope.objects.bulk_create(TokenScope(token=token, scope=scope) for scope in sorted(set(scopes)))
    journal.record("token.created", token, by=by, at=at, prefix=prefix, scopes=sorted(set(scopes)))
    return token, secret


@transaction.atomic
def revoke_token(token: Token, *, by: User, at: datetime) -> Token:
    """Put a program out, at once and for good. Raises Refused."""
    token = Token.objects.select_for_update().get(pk=token.pk)
    refuse(rules.why_not_revoke(token, by=by, at=at))
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    journal.record("token.revoked", token, by=by, at=at, prefix=token.prefix)
    return token


@transaction.atomic
def take_over_token(token: Token, *, by: User, at: datetime) -> Token:
    """Answer for a token in place of whoever did: it now acts in this person's name. Raises Refused."""
    token = Token.objects.select_for_update().get(pk=token.pk)
    refuse(rules.why_not_take_over(token, by=by, at=at))
    token.held_by = by
    token.save(update_fields=["held_by"])
    journal.record("token.taken_over", token, by=by, at=at, prefix=token.prefix)
    return token


@transaction.atomic
def pass_token(token: Token, *, to: User | None, by: User, at: datetime) -> bool:
    """Make the successor of whoever answered for a token answer for it; False, and nothing, when they may not."""
    token = Token.objects.select_for_update().get(pk=token.pk)
    if to is None or rules.why_not_take_over(token, by=to, at=at) is not None:
        return False
    token.held_by = to
    token.save(update_fields=["held_by"])
    journal.record("token.taken_over", token, by=by, at=at, prefix=token.prefix, successor=to.pk)
    return True


def find_token(presented: str) -> Token | None:
    """Return the token whose secret this is, with its organisation and scopes, whether or not it may still be used."""
    match = SHAPE.fullmatch(presented)
    if match is None:
        return None
    token = (
        Token.objects.select_related("operator", "beneficiary__department", "beneficiary__commune", "held_by")
        .prefetch_related("scopes")
        .filter(prefix=match[1])
        .first()
    )
    if token is None or not constant_time_compare(token.digest, _digest(presented)):
        return None
    return token


def note_use(token: Token, *, at: datetime) -> None:
    """Remember that a token was used, to a minute."""
    if token.last_used_at is None or at - token.last_used_at >= USE_IS_NOTED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=at)


def note_write(token: Token, *, operation: str, by: User, at: datetime) -> None:
    """Write in the journal that what was just done in this person's name was asked by this token."""
    journal.record("token.wrote", token, by=by, at=at, prefix=token.prefix, operation=operation)


def forget_answers() -> None:
    """Remove the answers kept longer than they say; a request asked again after that is a new one."""
    KeptAnswer.objects.filter(asked_at__lte=timezone.now() - ANSWERS_ARE_KEPT).delete()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
