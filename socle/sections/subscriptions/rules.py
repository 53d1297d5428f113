"""Rules: what may be done with a subscription, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import datetime

from socle.sections.subscriptions.models import AlertSubscription


def why_not_confirm(subscription: AlertSubscription, *, at: datetime) -> str | None:
    """Say why this link confirms nothing any more."""
    if subscription.confirmed_at is None and (
        subscription.link_expires_at is None or at > subscription.link_expires_at
    ):
        return "Ce lien a expiré\u00a0: laissez de nouveau votre adresse, un autre vous sera envoyé."
    return None
