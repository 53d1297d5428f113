"""Webhooks: opening one, changing it, pausing it, renewing its secret. What leaves is in `deliveries.py`."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import models, transaction

from socle.integrations import deliveries, events, rules
from socle.integrations.models import Delivery, DeliveryStatus, Status, Webhook, WebhookEvent
from socle.journal import actions as journal
from socle.lib import vault
from socle.lib.refusals import refuse
from socle.lib.rows import held
from socle.people.models import Beneficiary, Operator, User

# A renewed secret leaves its predecessor this long, so that the other side changes its own without losing anything.
OVERLAP = timedelta(hours=24)
PREFIX = "whsec_"


@transaction.atomic
def create_webhook(
    owner: Operator | Beneficiary,
    *,
    name: str,
    url: str,
    verbs: Collection[str],
    by: User,
    at: datetime,
    is_fictitious: bool = False,
) -> tuple[Webhook, str]:
    """Tell a program, from now on, of these events; return the webhook and its secret. Raises Refused."""
    type(owner)._default_manager.select_for_update().get(pk=owner.pk)
    refuse(rules.why_not_create_webhook(owner, name=name, url=url, verbs=verbs, by=by, at=at))
    secret = _drawn()
    webhook = Webhook.objects.create(
        operator=owner if isinstance(owner, Operator) else None,
        beneficiary=owner if isinstance(owner, Beneficiary) else None,
        name=name.strip(),
        url=url,
        secret=vault.keep(secret, purpose=deliveries.PURPOSE),
        held_by=by,
        created_at=at,
        position=deliveries.last_position(),
        is_fictitious=is_fictitious,
    )
    WebhookEvent.objects.bulk_create(WebhookEvent(webhook=webhook, verb=verb) for verb in sorted(set(verbs)))
    journal.record("webhook.created", webhook, by=by, at=at, events=sorted(set(verbs)))
    return webhook, secret


@transaction.atomic
def change_webhook(webhook: Webhook, *, name: str, url: str, verbs: Collection[str], by: User, at: datetime) -> Webhook:
    """Tell another address, or of other events, from now on. Raises Refused."""
    webhook = held(webhook)
    refuse(rules.why_not_change_webhook(webhook, name=name, url=url, verbs=verbs, by=by, at=at))
    has_moved = webhook.url != url
    webhook.name, webhook.url = name.strip(), url
    if has_moved:
        # What is due was waiting for an address that did not answer: this one may.
        _wake(webhook, at=at)
    webhook.save(update_fields=["name", "url", "failures", "rests_until"])
    webhook.events.exclude(verb__in=verbs).delete()
    WebhookEvent.objects.bulk_create(
        [WebhookEvent(webhook=webhook, verb=verb) for verb in sorted(set(verbs))], ignore_conflicts=True
    )
    journal.record("webhook.changed", webhook, by=by, at=at, events=sorted(set(verbs)), has_moved=has_moved)
    return webhook


@transaction.atomic
def renew_secret(webhook: Webhook, *, by: User, at: datetime) -> tuple[Webhook, str]:
    """Give a webhook another secret; the former one signs besides it for a day. Raises Refused."""
    webhook = held(webhook)
    refuse(rules.why_not_act_on(webhook, by=by, at=at))
    secret = _drawn()
    webhook.former_secret, webhook.former_until = webhook.secret, at + OVERLAP
    webhook.secret = vault.keep(secret, purpose=deliveries.PURPOSE)
    webhook.save(update_fields=["secret", "former_secret", "former_until"])
    journal.record("webhook.secret_renewed", webhook, by=by, at=at)
    return webhook, secret


@transaction.atomic
def pause_webhook(webhook: Webhook, *, by: User, at: datetime) -> Webhook:
    """Let nothing leave; what happens meanwhile waits. Raises Refused."""
    webhook = held(webhook)
    refuse(rules.why_not_pause(webhook, by=by, at=at))
    webhook.status = Status.PAUSED
    webhook.save(update_fields=["status"])
    journal.record("webhook.paused", webhook, by=by, at=at)
    return webhook


@transaction.atomic
def resume_webhook(webhook: Webhook, *, by: User, at: datetime, skip: bool = False) -> Webhook:
    """Put a webhook back in service, from where it was; with `skip`, from now on only. Raises Refused."""
    webhook = held(webhook)
    refuse(rules.why_not_resume(webhook, by=by, at=at))
    webhook.status, webhook.stop_reason, webhook.stopped_at = Status.ACTIVE, "", None
    if skip:
        webhook.position = max(webhook.position, deliveries.last_position())
        _pending(webhook).update(status=DeliveryStatus.GIVEN_UP, next_try_at=None, ended_at=at)
    _wake(webhook, at=at)
    webhook.save(update_fields=["status", "stop_reason", "stopped_at", "position", "failures", "rests_until"])
    journal.record("webhook.resumed", webhook, by=by, at=at, skipped=skip)
    return webhook


@transaction.atomic
def remove_webhook(webhook: Webhook, *, by: User, at: datetime) -> Webhook:
    """Tell that program nothing any more, for good; its secrets go. Raises Refused."""
    webhook = held(webhook)
    refuse(rules.why_not_act_on(webhook, by=by, at=at))
    webhook.status, webhook.secret, webhook.former_secret, webhook.former_until = Status.REMOVED, "", "", None
    webhook.save(update_fields=["status", "secret", "former_secret", "former_until"])
    webhook.deliveries.filter(status=DeliveryStatus.PENDING).update(
        status=DeliveryStatus.GIVEN_UP, next_try_at=None, ended_at=at
    )
    journal.record("webhook.removed", webhook, by=by, at=at)
    return webhook


@transaction.atomic
def take_over_webhook(webhook: Webhook, *, by: User, at: datetime) -> Webhook:
    """Answer for a webhook in place of whoever did. Raises Refused."""
    webhook = held(webhook)
    refuse(rules.why_not_answer_for(webhook, by=by, at=at))
    webhook.held_by, webhook.rests_until = by, None
    webhook.save(update_fields=["held_by", "rests_until"])
    journal.record("webhook.taken_over", webhook, by=by, at=at)
    return webhook


@transaction.atomic
def pass_webhook(webhook: Webhook, *, to: User | None, by: User, at: datetime) -> bool:
    """Make the successor of whoever answered for a webhook answer for it; False, and nothing, when they may not."""
    webhook = held(webhook)
    if to is None or rules.why_not_answer_for(webhook, by=to, at=at) is not None:
        return False
    webhook.held_by, webhook.rests_until = to, None
    webhook.save(update_fields=["held_by", "rests_until"])
    journal.record("webhook.taken_over", webhook, by=by, at=at, successor=to.pk)
    return True


@transaction.atomic
def try_webhook(webhook: Webhook, *, by: User, at: datetime) -> Delivery:
    """Send a trial, once, whatever the state of the webhook. Raises Refused."""
    webhook = held(webhook)
    refuse(rules.why_not_try(webhook, by=by, at=at))
    trial = Delivery.objects.create(
        webhook=webhook, verb=events.TRIAL, body=events.body_of_trial(at), made_at=at, next_try_at=at
    )
    # What follows: config/reactions.py.
    journal.record("webhook.tried", webhook, by=by, at=at, delivery=str(trial.identifier))
    return trial


@transaction.atomic
def send_again(delivery: Delivery, *, by: User, at: datetime) -> Delivery:
    """Put a delivery back to be sent, under the same identifier, its tries started over. Raises Refused."""
    held(delivery.webhook)
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    refuse(rules.why_not_send_again(delivery, by=by, at=at))
    delivery.status, delivery.tries, delivery.next_try_at, delivery.ended_at = DeliveryStatus.PENDING, 0, at, None
    delivery.save(update_fields=["status", "tries", "next_try_at", "ended_at"])
    # What follows: config/reactions.py.
    journal.record("webhook.sent_again", delivery.webhook, by=by, at=at, delivery=str(delivery.identifier))
    return delivery


def _pending(webhook: Webhook) -> models.QuerySet[Delivery]:
    return Delivery.objects.filter(webhook=webhook, status=DeliveryStatus.PENDING, position__isnull=False)


def _wake(webhook: Webhook, *, at: datetime) -> None:
    webhook.failures, webhook.rests_until = 0, None
    _pending(webhook).update(next_try_at=at, tries=0)


def _drawn() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
