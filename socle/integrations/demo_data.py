"""The programs of others in a demonstration: tokens nobody knows the secret of, a webhook and its log."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from socle.integrations import actions, deliveries, events, webhooks
from socle.integrations.models import Attempt, Delivery, DeliveryStatus, Scope, Token, Webhook
from socle.journal.models import Entry
from socle.people.models import Operator, User

READS = (Scope.COMMUNES_READ.value, Scope.AGREEMENTS_READ.value)
# This very machine, where nobody listens: whatever one does here, nothing leaves it.
NOWHERE = "https://127.0.0.1:9443/webhooks/socle"
VERB = "beneficiary.registered"
UNANSWERED = "Le serveur ne répond pas\u00a0: connexion refusée, ou délai dépassé."


@transaction.atomic
def ensure_programs(operator: Operator, *, by: User, at: datetime) -> bool:
    """Show two tokens, one of them revoked, and a webhook whose receiver fails; once. Say whether they were made."""
    if Token.objects.of(operator).exists() or Webhook.objects.of(operator).exists():
        return False
    # The secrets are forgotten as soon as drawn: nobody, here or elsewhere, can use these tokens.
    actions.create_token(
        operator, name="Tableau de bord (fictif)", scopes=READS, days=180, by=by, at=at, is_fictitious=True
    )
    revoked, _ = actions.create_token(
        operator, name="Ancien portail (fictif)", scopes=READS[:1], days=30, by=by, at=at, is_fictitious=True
    )
    actions.revoke_token(revoked, by=by, at=at)
    webhook, _ = webhooks.create_webhook(
        operator,
        name="Logiciel d’essai (fictif)",
        url=NOWHERE,
        verbs=[VERB, "agreement.signed", "installation.live"],
        by=by,
        at=at,
        is_fictitious=True,
    )
    # In pause: its log is there to be read, and what a person tries shows a refusal.
    webhooks.pause_webhook(webhook, by=by, at=at)
    lines = Entry.objects.filter(verb=VERB, position__isnull=False).order_by("position")[:3]
    for entry, outcome in zip(lines, ("received", "given_up", "waiting"), strict=False):
        _tell(webhook, entry, outcome, at=at)
    return True


def _tell(webhook: Webhook, entry: Entry, outcome: str, *, at: datetime) -> None:
    """Write one delivery as it would have gone over the last three days."""
    begun = at - timedelta(days=3)
    tries = {"received": 2, "given_up": deliveries.MOST_TRIES, "waiting": 3}[outcome]
    delivery = Delivery.objects.create(
        webhook=webhook,
        position=entry.position,
        entry=entry.pk,
        verb=entry.verb,
        body=events.body_of(entry, {}),
        made_at=begun,
        tries=tries,
    )
    instant = begun
    for rank in range(tries):
        is_good = outcome == "received" and rank == tries - 1
        is_heard = is_good or rank % 2 == 0
        Attempt.objects.create(
            delivery=delivery,
            started_at=instant,
            milliseconds=84 if is_heard else 3002,
            answer=(204 if is_good else 503) if is_heard else None,
            says="" if is_good else "L’adresse répond par une erreur (503)." if is_heard else UNANSWERED,
        )
        instant += deliveries.DELAYS[min(rank, len(deliveries.DELAYS) - 1)]
    if outcome == "waiting":
        delivery.next_try_at = at
    else:
        delivery.status = DeliveryStatus.DELIVERED if outcome == "received" else DeliveryStatus.GIVEN_UP
        delivery.ended_at = min(instant, at)
    delivery.save(update_fields=["next_try_at", "status", "ended_at"])
