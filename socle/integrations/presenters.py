"""Presentation at both doors of tokens, of webhooks and of what leaves for them: plain values, computed once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, Max, Q, QuerySet

from socle.integrations import deliveries, events, rules
from socle.integrations.models import Attempt, Delivery, DeliveryStatus, Status, Token, Webhook
from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import number
from socle.people.models import Beneficiary, Operator, User
from socle.ui.shapes import Column, Fact, Tone

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


TOKEN_SHEET: Sheet[TokenRow] = Sheet(
    "tokens",
    "jetons-d-acces",
    "Jetons d’accès",
    (
        Field("Jeton", lambda row: row.token.name),
        Field("Préfixe", lambda row: row.token.prefix, Kind.CODE),
        Field("État", lambda row: row.state),
        Field("Pourquoi", lambda row: row.why_not_use),
        Field("Ouvre", lambda row: ", ".join(scope.get_scope_display() for scope in row.token.scopes.all())),
        Field("Répond de lui", lambda row: str(row.token.held_by)),
        Field("Créé le", lambda row: row.token.created_at, Kind.INSTANT),
        Field("Expire le", lambda row: row.token.expires_at, Kind.INSTANT),
        Field("Dernier usage", lambda row: row.token.last_used_at, Kind.INSTANT),
        Field("Révoqué le", lambda row: row.token.revoked_at, Kind.INSTANT),
    ),
    is_personal=True,
)


def token_rows(owner: Operator | Beneficiary, *, by: User, at: datetime) -> list[TokenRow]:
    """Return every token of an organisation, with what this person may do of it."""
    tokens = Token.objects.of(owner).select_related("operator", "beneficiary", "held_by").prefetch_related("scopes")
    why_not_keep = rules.why_not_keep_tokens(owner, by=by, on=dates.day_of(at))
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


# --- Webhooks ---------------------------------------------------------------------------------------------------------
WEBHOOK_COLUMNS = (
    Column("Webhook"), Column("État"), Column("Suit"), Column("À envoyer", is_number=True),
    Column("Abandonnés", is_number=True), Column("Dernier envoi reçu"), Column("Répond de lui"),
)  # fmt: skip
DELIVERY_COLUMNS = (
    Column("Événement"), Column("État"), Column("Essais"), Column("Dernière réponse"), Column("Durée", is_number=True),
    Column("Écrit le"),
)  # fmt: skip
ATTEMPT_COLUMNS = (Column("Parti le"), Column("Réponse"), Column("Durée", is_number=True), Column("Détail"))
TONES: dict[str, Tone] = {
    Status.ACTIVE: "ok",
    Status.PAUSED: "wait",
    Status.STOPPED: "danger",
    Status.REMOVED: "neutral",
    DeliveryStatus.PENDING: "wait",
    DeliveryStatus.DELIVERED: "ok",
    DeliveryStatus.GIVEN_UP: "danger",
}
# What leaves within this time is worth waiting for, the page open.
SOON = timedelta(seconds=15)


@dataclass(frozen=True)
class WebhookRow:
    """One webhook as a list shows it."""

    webhook: Webhook
    host: str
    state: str
    tone: Tone
    why_silent: str
    events: list[str]
    pending: int
    given_up: int
    received_at: datetime | None


WEBHOOK_SHEET: Sheet[WebhookRow] = Sheet(
    "webhooks",
    "webhooks",
    "Webhooks",
    (
        Field("Webhook", lambda row: row.webhook.name),
        Field("Machine prévenue", lambda row: row.host),
        Field("État", lambda row: row.state),
        Field("Pourquoi", lambda row: row.why_silent),
        Field("Suit", lambda row: ", ".join(row.events)),
        Field("À envoyer", lambda row: row.pending, Kind.NUMBER),
        Field("Abandonnés", lambda row: row.given_up, Kind.NUMBER),
        Field("Dernier envoi reçu", lambda row: row.received_at, Kind.INSTANT),
        Field("Répond de lui", lambda row: str(row.webhook.held_by)),
    ),
    is_personal=True,
)
# What left for a webhook: never what was sent, which its page shows one by one.
DELIVERY_SHEET: Sheet[Delivery] = Sheet(
    "deliveries",
    "envois",
    "Envois d’un webhook",
    (
        Field("Identifiant", lambda one: str(one.identifier)),
        Field("Événement", lambda one: events.label(one.verb)),
        Field("État", lambda one: one.get_status_display()),
        Field("Essais", lambda one: one.tries, Kind.NUMBER),
        Field("Prochain essai", lambda one: one.next_try_at, Kind.INSTANT),
        Field("Écrit le", lambda one: one.made_at, Kind.INSTANT),
        Field("Fini le", lambda one: one.ended_at, Kind.INSTANT),
    ),
)


def webhook_rows(owner: Operator | Beneficiary, *, at: datetime) -> list[WebhookRow]:
    """Return the webhooks of an organisation that are not removed; the same number of queries whatever their number."""
    found = with_counts(Webhook.objects.of(owner).exclude(status=Status.REMOVED))
    serves: dict[int, str | None] = {}
    rows = []
    for one in found:
        state, tone, why_silent = webhook_state(one, at, serves)
        labels = [events.label(event.verb) for event in one.events.all()]
        counted: Any = one
        rows.append(
            WebhookRow(
                one, host_of(one), state, tone, why_silent, labels, counted.waiting, counted.left, counted.received_at
            )
        )
    return rows


def with_counts(webhooks: QuerySet[Webhook]) -> QuerySet[Webhook]:
    """Webhooks with what tells of them, and how many of their deliveries are `waiting`, `left`, last `received_at`."""
    pending, given_up = Q(deliveries__status=DeliveryStatus.PENDING), Q(deliveries__status=DeliveryStatus.GIVEN_UP)
    return (
        webhooks.select_related("operator", "beneficiary__department", "held_by")
        .prefetch_related("events")
        .annotate(
            waiting=Count("deliveries", filter=pending & Q(deliveries__position__isnull=False)),
            left=Count("deliveries", filter=given_up & Q(deliveries__position__isnull=False)),
            received_at=Max("deliveries__ended_at", filter=Q(deliveries__status=DeliveryStatus.DELIVERED)),
        )
    )


def host_of(webhook: Webhook) -> str:
    """The machine that is told: a whole address is too long for a list, and may hold a key."""
    return urlsplit(webhook.url).netloc


def webhook_state(webhook: Webhook, at: datetime, serves: dict[int, str | None] | None = None) -> tuple[str, Tone, str]:
    """How a webhook is, in two words, and why it says nothing when it says nothing."""
    serves = {} if serves is None else serves
    label, tone = Status(webhook.status).label.capitalize(), TONES[webhook.status]
    if webhook.status == Status.STOPPED:
        return label, tone, webhook.stop_reason
    if webhook.status != Status.ACTIVE:
        return label, tone, ""
    if webhook.held_by_id not in serves:
        serves[webhook.held_by_id] = rules.why_not_answered_for(webhook, at=at)
    if reason := serves[webhook.held_by_id]:
        return "Ne dit plus rien", "alert", reason
    if webhook.rests_until and webhook.rests_until > at:
        tries = f"{webhook.failures} essais de suite sans bonne réponse" if webhook.failures > 1 else "Un essai manqué"
        return "En difficulté", "alert", f"{tries} ; le prochain le {dates.at_in_words(webhook.rests_until)}."
    return label, tone, ""


def webhook_facts(webhook: Webhook, *, at: datetime) -> list[Fact]:
    """Return the facts of a webhook."""
    labels = [events.label(event.verb) for event in webhook.events.all()]
    facts = [
        Fact("Adresse", webhook.url),
        Fact("Événements suivis", " ; ".join(labels) or "aucun"),
        Fact("Répond de lui", str(webhook.held_by)),
        Fact("Créé le", dates.at_in_words(webhook.created_at)),
    ]
    if webhook.former_until and webhook.former_until > at:
        until = dates.at_in_words(webhook.former_until)
        facts.append(Fact("Secret renouvelé", f"l’ancien signe encore, à côté du nouveau, jusqu’au {until}"))
    return facts


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery as the log shows it."""

    delivery: Delivery
    label: str
    state: str
    tone: Tone
    tries: str
    answer: str
    duration: str
    next_try_at: datetime | None


def delivery_rows(page: Any) -> list[DeliveryRow]:
    """Return the rows of a page of the log (its attempts prefetched)."""
    return [delivery_row(one) for one in page]


def delivery_row(one: Delivery) -> DeliveryRow:
    """Return the lines of the log of a delivery and of its last attempt."""
    attempts = list(one.attempts.all())
    last = attempts[-1] if attempts else None
    return DeliveryRow(
        one,
        "Essai" if one.is_trial else events.label(one.verb),
        DeliveryStatus(one.status).label.capitalize() if not (one.is_trial and one.status == "given_up") else "Échec",
        TONES[one.status],
        number(len(attempts)) if one.is_trial else f"{one.tries} sur {deliveries.MOST_TRIES}",
        answer_of(last) if last else "–",
        duration_of(last) if last else "–",
        one.next_try_at if one.status == DeliveryStatus.PENDING and attempts else None,
    )


def answer_of(attempt: Attempt) -> str:
    """The status of what came back, or that nothing did."""
    if attempt.milliseconds is None:
        return "interrompu"
    return str(attempt.answer) if attempt.answer else "aucune"


def duration_of(attempt: Attempt) -> str:
    """How long the answer took."""
    return "–" if attempt.milliseconds is None else f"{number(attempt.milliseconds)}\u00a0ms"


def log_of(webhook: Webhook, status: str) -> Any:
    """The deliveries of a webhook, the latest first, narrowed to one state when it is a known one."""
    found = webhook.deliveries.prefetch_related("attempts")
    return found.filter(status=status) if status in DeliveryStatus.values else found


def log_counts(webhook: Webhook) -> list[tuple[str, str, Tone, int]]:
    """How many deliveries are in each state."""
    counted = dict(webhook.deliveries.order_by().values_list("status").annotate(Count("pk")))
    return [
        (status.value, status.label.capitalize(), TONES[status], counted.get(status.value, 0))
        for status in DeliveryStatus
    ]


def is_moving(webhook: Webhook, *, at: datetime) -> bool:
    """Whether something leaves soon, which is worth waiting for."""
    soon = Q(webhook__status=Status.ACTIVE) | Q(position__isnull=True)
    return webhook.deliveries.filter(soon, status=DeliveryStatus.PENDING, next_try_at__lte=at + SOON).exists()


def webhook_context(webhook: Webhook, *, status: str, page: Any, by: User, at: datetime) -> dict[str, Any]:
    """Everything the page of a webhook shows; `page` is that of its log, narrowed to `status`."""
    state, tone, why_silent = webhook_state(webhook, at)
    return {
        "webhook": webhook,
        "state": state,
        "tone": tone,
        "why_silent": why_silent,
        "facts": webhook_facts(webhook, at=at),
        "is_moving": is_moving(webhook, at=at),
        "counts": log_counts(webhook),
        "status": status if status in DeliveryStatus.values else "",
        "page": page,
        "rows": delivery_rows(page),
        "columns": DELIVERY_COLUMNS,
        "is_removed": webhook.status == Status.REMOVED,
        "is_active": webhook.status == Status.ACTIVE,
        "why_not_act": rules.why_not_act_on(webhook, by=by, at=at),
        "why_not_resume": rules.why_not_resume(webhook, by=by, at=at),
        "why_not_try": rules.why_not_try(webhook, by=by, at=at),
        "may_take_over": rules.why_not_answer_for(webhook, by=by, at=at) is None,
    }


def delivery_context(delivery: Delivery, *, by: User, at: datetime) -> dict[str, Any]:
    """Everything the page of a delivery shows."""
    row = delivery_row(delivery)
    given_up_by = deliveries.given_up_by(delivery)
    facts = [
        Fact("Identifiant", f"msg_{delivery.identifier.hex}", "le même à chaque essai (webhook-id)"),
        Fact("Événement", delivery.verb),
        Fact("Écrit le", dates.at_in_words(delivery.made_at)),
    ]
    if delivery.ended_at:
        facts.append(Fact("Fini le", dates.at_in_words(delivery.ended_at)))
    if delivery.next_try_at:
        facts.append(Fact("Prochain essai", dates.at_in_words(delivery.next_try_at)))
    if given_up_by:
        facts.append(Fact("Abandonné, si rien ne change, vers le", dates.in_words(dates.day_of(given_up_by))))
    return {
        "delivery": delivery,
        "webhook": delivery.webhook,
        "row": row,
        "facts": facts,
        "sent": json.dumps(json.loads(delivery.body), ensure_ascii=False, indent=2),
        "attempts": [(one, answer_of(one), duration_of(one)) for one in delivery.attempts.all()],
        "columns": ATTEMPT_COLUMNS,
        "why_not_send_again": rules.why_not_send_again(delivery, by=by, at=at),
    }
