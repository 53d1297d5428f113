"""Deliveries to the webhooks: re-derived from the journal, sent, tried again, given up.

How it holds. The journal is the truth: its sealed lines have ranks without a hole, in the order in which they were
sealed, so that a line whose transaction ended late comes late and is not jumped over. A webhook keeps the rank it was
read up to; `derive` writes the deliveries of what comes after and moves that rank, in one transaction. A missed tick,
a lost task or a killed worker loses nothing, and makes nothing twice. One worker at a time speaks to a webhook, under a
lock that dies with it (`lib.locks`). What was sent without our knowing the answer is sent again, under the same
identifier: the other side sees it was told already.

Signed as Standard Webhooks asks (`webhook-id`, `webhook-timestamp`, `webhook-signature`); the instant is that of the
try, the identifier and the body never change.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django_scopes import scope
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.integrations import events, rules
from socle.integrations.access import reach_of
from socle.integrations.models import Attempt, Delivery, DeliveryStatus, Status, Webhook
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import http, locks, vault
from socle.lib.due import has_come
from socle.lib.queue import enqueue_at_commit
from socle.lib.text import whole
from socle.people.models import User

log = logging.getLogger("socle.webhooks")

PURPOSE = "webhook"
# The task that sends what is due.
SEND_DUE = "socle.integrations.tasks.send_due"
# How long we wait for the answer of a try, name resolution included.
TIMEOUT = 10.0
# After each try without a good answer, wait this long; after the last one, give up: in a little more than two days.
DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 24 * 3600)
)
MOST_TRIES = len(DELAYS) + 1
# So many failures in a row and the address is down, rather than one delivery ill received: we knock less and less.
FAILURES_BEFORE_REST = 3
FIRST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(hours=1)
# So many, about two days of them, and we stop knocking until a person says to go on.
MOST_FAILURES = 50
LONGEST_ASKED_WAIT = timedelta(hours=24)
# The share of a wait that is left to chance, so that what failed together does not come back together.
JITTER = 0.2
# Lines read at once for a webhook, and how long a task works before it lets the others of the queue pass.
LINES_AT_ONCE = 200
SLICE = timedelta(seconds=5)
# A webhook nobody answers for is looked at again after this.
UNANSWERED = timedelta(minutes=10)
# What ended is kept so long in the log of deliveries.
KEPT = timedelta(days=90)
GONE = 410
UNREADABLE = (
    "Le secret de ce webhook ne se lit plus, la clé de la plateforme ayant changé : renouvelez-le, puis reprenez."
)

Clock = Callable[[], datetime]
_chance = secrets.SystemRandom()


# --- From the journal -------------------------------------------------------------------------------------------------
def last_position() -> int:
    """The rank of the last sealed line of the journal."""
    sealed = Entry.objects.filter(position__isnull=False).order_by("-position")
    return sealed.values_list("position", flat=True).first() or 0


def derive(*, at: datetime) -> int:
    """Write the deliveries of what was sealed since each webhook was last read up to; return how many."""
    sealed = last_position()
    behind = (
        Webhook.objects.filter(status=Status.ACTIVE, position__lt=sealed).order_by("pk").values_list("pk", flat=True)
    )
    return sum(_read_on(pk, sealed, at=at) for pk in list(behind))


@transaction.atomic
def _read_on(pk: int, sealed: int, *, at: datetime) -> int:
    webhook = (
        Webhook.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("operator", "beneficiary", "held_by")
        .filter(pk=pk, status=Status.ACTIVE)
        .first()
    )
    # Nobody answers for it any more: what happens waits for whoever takes it over.
    if webhook is None or (reach := reach_of(webhook, at=at)) is None:
        return 0
    verbs = [event.verb for event in webhook.events.all()]
    lines = reach.entries().filter(position__gt=webhook.position, position__lte=sealed, verb__in=verbs)
    found = list(lines.order_by("position")[:LINES_AT_ONCE])
    numbers: dict[int, str] = {}
    if agreements := events.agreements_in(found):
        mine = {one for one in (whole(entry.beneficiary_ref) for entry in found) if one is not None}
        with scope(beneficiary=list(mine)):
            numbers = dict(reach.readable_agreements().filter(pk__in=agreements).values_list("pk", "number"))
    Delivery.objects.bulk_create(
        Delivery(
            webhook=webhook,
            position=entry.position,
            entry=entry.pk,
            verb=entry.verb,
            body=events.body_of(entry, numbers),
            made_at=at,
            next_try_at=at,
        )
        for entry in found
    )
    webhook.position = found[-1].position or sealed if len(found) == LINES_AT_ONCE else sealed
    webhook.save(update_fields=["position"])
    return len(found)


def hand_out() -> None:
    """Read on in the journal, and see that something is there to send what is due. Called by a tick."""
    at = timezone.now()
    derive(at=at)
    if not due(at).exists():
        return
    waiting = DBTaskResult.objects.filter(
        task_path=SEND_DUE, status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING]
    )
    if not waiting.exists():
        enqueue_at_commit(SEND_DUE)


# --- Sending ----------------------------------------------------------------------------------------------------------
def due(at: datetime) -> QuerySet[Delivery]:
    """Return the deliveries due now. A trial leaves whatever the state of its webhook: a person is waiting for it."""
    # The longest of its waits, and what is left to chance.
    is_time = has_come("next_try_at", at, within=DELAYS[-1] * (1 + JITTER))
    may_leave = Q(webhook__status=Status.ACTIVE) & (
        Q(webhook__rests_until__isnull=True) | has_come("webhook__rests_until", at, within=LONGEST_ASKED_WAIT)
    )
    return Delivery.objects.filter(is_time, status=DeliveryStatus.PENDING).filter(may_leave | Q(position__isnull=True))


def send_due(*, slice_of: timedelta = SLICE, clock: Clock = timezone.now) -> int:
    """Send what is due for a while, one webhook after the other so that a slow one delays no other; return how many."""
    until, sent = clock() + slice_of, 0
    passed: set[int] = set()
    while (now := clock()) < until:
        waiting = Webhook.objects.filter(Exists(due(now).filter(webhook=OuterRef("pk")))).exclude(pk__in=passed)
        webhook = waiting.order_by(F("served_at").asc(nulls_first=True), "pk").first()
        if webhook is None:
            break
        with locks.held(f"webhook-{webhook.pk}") as is_mine:
            if not is_mine or not _send_next(webhook.pk, clock=clock):
                passed.add(webhook.pk)
                continue
            sent += 1
    return sent


def _send_next(webhook_id: int, *, clock: Clock) -> bool:
    begun = _begin(webhook_id, at=clock())
    if begun is None:
        return False
    webhook, delivery, attempt = begun
    start = time.monotonic()
    answer: http.Answer | None = None
    fault: http.OutgoingError | None = None
    says = ""
    try:
        answer = http.post(
            webhook.url, body=delivery.body.encode(), headers=headers_of(webhook, delivery, at=clock()), timeout=TIMEOUT
        )
    except http.OutgoingError as error:
        fault, says = error, error.sentence
    except vault.Unreadable:
        fault = http.Forbidden(UNREADABLE)
        says = UNREADABLE
    attempt.milliseconds = round((time.monotonic() - start) * 1000)
    if answer is not None:
        attempt.answer, says = answer.status, _said(answer)
    attempt.says = says[:300]
    _finish(webhook, delivery, attempt, answer, fault, at=clock())
    return True


def _begin(webhook_id: int, *, at: datetime) -> tuple[Webhook, Delivery, Attempt] | None:
    """Choose what leaves now and write that it leaves; None when nothing may."""
    with transaction.atomic():
        webhook = (
            Webhook.objects.select_for_update(of=("self",))
            .select_related("operator", "beneficiary", "held_by")
            .get(pk=webhook_id)
        )
        # Trials first: a person is waiting for them.
        waiting = due(at).filter(webhook=webhook).select_for_update(of=("self",))
        delivery = waiting.order_by(F("position").asc(nulls_first=True)).first()
        if delivery is None:
            return None
        if reason := _why_not_leave(webhook, delivery, at=at):
            if delivery.is_trial or reason != rules.why_not_answered_for(webhook, at=at):
                Attempt.objects.create(delivery=delivery, started_at=at, milliseconds=0, says=reason[:300])
                _end(delivery, DeliveryStatus.GIVEN_UP, at=at)
            else:
                webhook.rests_until = at + UNANSWERED
            webhook.served_at = at
            webhook.save(update_fields=["rests_until", "served_at"])
            return None
        delivery.tries += 1
        delivery.save(update_fields=["tries"])
        webhook.served_at = at
        webhook.save(update_fields=["served_at"])
        return webhook, delivery, Attempt.objects.create(delivery=delivery, started_at=at)


def _why_not_leave(webhook: Webhook, delivery: Delivery, *, at: datetime) -> str | None:
    """Rights are read again at each try: nothing is told to whoever may no longer read it."""
    if reason := rules.why_not_answered_for(webhook, at=at):
        return reason
    if delivery.tries >= MOST_TRIES:
        return "Chacun des essais a été interrompu avant d’avoir sa réponse."
    reach = reach_of(webhook, at=at)
    if reach is None or (not delivery.is_trial and not reach.entries().filter(position=delivery.position).exists()):
        return "Votre organisme ne lit plus cette ligne du journal : elle n’est pas envoyée."
    return None


def headers_of(webhook: Webhook, delivery: Delivery, *, at: datetime) -> dict[str, str]:
    """Return the headers that sign a delivery: by the secret, and by the former one for a day."""
    identifier, instant = f"msg_{delivery.identifier.hex}", str(int(at.timestamp()))
    kept = [webhook.secret]
    if webhook.former_secret and webhook.former_until and webhook.former_until > at:
        kept.append(webhook.former_secret)
    signed = f"{identifier}.{instant}.{delivery.body}".encode()
    signatures = []
    for rank, one in enumerate(kept):
        try:
            key = base64.b64decode(vault.read(one, purpose=PURPOSE).removeprefix("whsec_"))
        except vault.Unreadable:
            if rank == 0:
                raise
            continue
        digest = hmac.new(key, signed, hashlib.sha256).digest()
        signatures.append("v1," + base64.b64encode(digest).decode())
    return {
        "Content-Type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": instant,
        "webhook-signature": " ".join(signatures),
    }


def _said(answer: http.Answer) -> str:
    if answer.is_ok:
        return ""
    if answer.status == GONE:
        return "L’adresse répond qu’elle n’existe plus (410)."
    if 300 <= answer.status < 400:
        return "L’adresse renvoie vers une autre, que nous ne suivons pas : donnez l’adresse définitive."
    return f"L’adresse répond par une erreur ({answer.status})."


@transaction.atomic
def _finish(
    webhook: Webhook,
    delivery: Delivery,
    attempt: Attempt,
    answer: http.Answer | None,
    fault: http.OutgoingError | None,
    *,
    at: datetime,
) -> None:
    """Write what came of a try, on rows read again: a person may have paused or removed the webhook meanwhile."""
    attempt.save(update_fields=["milliseconds", "answer", "says"])
    webhook = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
    delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    log.info("webhook %s: try %s of %s, %s", webhook.pk, delivery.tries, delivery.identifier, attempt.answer or "none")
    if answer is not None and answer.is_ok:
        _end(delivery, DeliveryStatus.DELIVERED, at=at)
        _answered(webhook, at=at)
        return
    if delivery.status != DeliveryStatus.PENDING:
        return
    if not delivery.is_trial:
        webhook.failures += 1
    is_gone = answer is not None and answer.status == GONE
    if is_gone or isinstance(fault, http.Forbidden):
        _stop(webhook, attempt.says, at=at)
    elif webhook.failures >= MOST_FAILURES:
        _stop(webhook, f"{MOST_FAILURES} essais de suite sont restés sans bonne réponse.", at=at)
    elif webhook.failures >= FAILURES_BEFORE_REST and not delivery.is_trial:
        rest = FIRST_REST * 2 ** min(webhook.failures - FAILURES_BEFORE_REST, 12)
        webhook.rests_until = at + _about(min(rest, LONGEST_REST))
    asked = _asked_wait(answer, at=at)
    if asked is not None and not delivery.is_trial:
        webhook.rests_until = max(webhook.rests_until or at, at + asked)
    is_last = delivery.tries >= MOST_TRIES and not isinstance(fault, http.Forbidden)
    if delivery.is_trial or is_gone or is_last:
        _end(delivery, DeliveryStatus.GIVEN_UP, at=at)
        if not delivery.is_trial:
            _note_given_up(webhook, delivery, at=at)
    else:
        delivery.next_try_at = at + max(_about(DELAYS[min(delivery.tries, len(DELAYS)) - 1]), asked or timedelta(0))
        delivery.save(update_fields=["next_try_at"])
    webhook.save(update_fields=["failures", "rests_until", "status", "stop_reason", "stopped_at", "given_up_at"])


def _answered(webhook: Webhook, *, at: datetime) -> None:
    """The other side is there: what was waiting for it to come back need not wait any longer."""
    if webhook.failures >= FAILURES_BEFORE_REST:
        Delivery.objects.filter(webhook=webhook, status=DeliveryStatus.PENDING, next_try_at__gt=at).update(
            next_try_at=at
        )
    if webhook.failures or webhook.rests_until:
        webhook.failures, webhook.rests_until = 0, None
        webhook.save(update_fields=["failures", "rests_until"])


def _end(delivery: Delivery, status: DeliveryStatus, *, at: datetime) -> None:
    delivery.status, delivery.next_try_at, delivery.ended_at = status, None, at
    delivery.save(update_fields=["status", "next_try_at", "ended_at"])


def _stop(webhook: Webhook, reason: str, *, at: datetime) -> None:
    """Stop knocking; what is due stays due, and what happens waits, until a person says to go on."""
    if webhook.status != Status.ACTIVE:
        return
    webhook.status, webhook.stop_reason, webhook.stopped_at = Status.STOPPED, reason[:300], at
    journal.record("webhook.stopped", webhook, by=User.objects.system(), at=at)


def _note_given_up(webhook: Webhook, delivery: Delivery, *, at: datetime) -> None:
    webhook.given_up_at = at
    journal.record(
        "webhook.gave_up",
        webhook,
        by=User.objects.system(),
        at=at,
        delivery=str(delivery.identifier),
        event=delivery.verb,
    )


def _about(wait: timedelta) -> timedelta:
    return wait * _chance.uniform(1 - JITTER, 1 + JITTER)


def _asked_wait(answer: http.Answer | None, *, at: datetime) -> timedelta | None:
    """Read how long the other side asks us to wait, in seconds or as a date; a day at most."""
    text = answer.headers.get("retry-after", "").strip() if answer is not None and answer.status in (429, 503) else ""
    if not text:
        return None
    try:
        if (seconds := whole(text)) is not None:
            wait = timedelta(seconds=min(seconds, 10**6))
        else:
            asked = parsedate_to_datetime(text)
            wait = (asked if asked.tzinfo else asked.replace(tzinfo=UTC)) - at
    except (ValueError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_ASKED_WAIT)


def given_up_by(delivery: Delivery) -> datetime | None:
    """About when a delivery is given up, if nothing gets better; None when nothing more is to be tried."""
    if delivery.status != DeliveryStatus.PENDING or delivery.next_try_at is None or delivery.is_trial:
        return None
    return delivery.next_try_at + sum(DELAYS[delivery.tries :], timedelta(0))


# --- Housekeeping -----------------------------------------------------------------------------------------------------
def forget_old() -> None:
    """Remove what ended long ago from the log of deliveries. Called by a tick."""
    before = timezone.now() - KEPT
    Delivery.objects.filter(ended_at__lt=before).exclude(status=DeliveryStatus.PENDING).delete()
