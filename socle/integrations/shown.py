"""What both doors show of tokens: plain values, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from socle.integrations import rules
from socle.integrations.models import Token
from socle.lib import dates
from socle.people.models import Beneficiary, Operator, User
from socle.ui.shapes import Column, Tone

TOKEN_COLUMNS = (
    Column("Jeton"), Column("État"), Column("Ouvre"), Column("Répond de lui"), Column("Expire"),
    Column("Dernier usage"), Column("Gestes", is_hidden=True),
)  # fmt: skip


@dataclass(frozen=True)
class TokenRow:
    """One token as a list shows it, and which gestures on it are this person's."""

    token: Token
    state: str
    tone: Tone
    why_not_use: str
    may_revoke: bool
    may_take_over: bool


def token_rows(owner: Operator | Beneficiary, *, by: User, at: datetime) -> list[TokenRow]:
    """Return every token of an organisation, with what this person may do of it."""
    tokens = Token.objects.of(owner).select_related("operator", "beneficiary", "held_by").prefetch_related("scopes")
    why_not_keep = rules.why_not_keep(owner, by=by, on=dates.day_of(at))
    serves: dict[int, str | None] = {}
    rows = []
    for token in tokens:
        state, tone, why_not = _state(token, at, serves)
        may = why_not_keep is None and not token.is_over(at)
        rows.append(
            TokenRow(
                token,
                state,
                tone,
                why_not,
                may_revoke=may,
                may_take_over=may and token.held_by_id != by.pk,
            )
        )
    return rows


def _state(token: Token, at: datetime, serves: dict[int, str | None]) -> tuple[str, Tone, str]:
    if token.revoked_at is not None:
        return "Révoqué", "neutral", ""
    if token.expires_at <= at:
        return "Expiré", "neutral", ""
    # One question per person, whatever the number of their tokens.
    if token.held_by_id not in serves:
        serves[token.held_by_id] = rules.why_not_use(token, at=at)
    reason = serves[token.held_by_id]
    return ("N’ouvre plus rien", "alert", reason) if reason else ("En cours", "ok", "")
