"""The webhooks of the token's organisation, and what leaves for them."""

import json
from collections.abc import Callable
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Body, Path, Query

from socle.api import problems
from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.shapes import webhooks as shapes
from socle.api.shapes.values import Identifier
from socle.api.v1.offering import (
    Answer,
    Link,
    allow,
    cut_of,
    demand,
    match_if_asked,
    must_match,
    operation,
    url_of,
)
from socle.integrations import events, presenters, rules, webhooks
from socle.integrations.models import Delivery, Scope, Status, Webhook
from socle.lib import dates

WEBHOOK_KEYS = DELIVERY_KEYS = {"id": Key("pk", "number")}
# As a receiver reads it in the header of what it receives.
PREFIX = "msg_"
DeliveryId = Annotated[
    str, Path(pattern=r"^msg_[0-9a-f]{32}$", description="Identifiant de l’envoi, celui de l’en-tête webhook-id.")
]
LEADS_ON = [
    Link(name, {"id": "$response.body#/id"})
    for name in (
        "show_webhook",
        "change_webhook",
        "pause_webhook",
        "resume_webhook",
        "try_webhook",
        "list_deliveries",
        "renew_webhook_secret",
        "remove_webhook",
    )
]


def _webhooks(caller: Caller) -> Any:
    found = Webhook.objects.of(caller.token.owner).exclude(status=Status.REMOVED)
    return presenters.with_counts(found)


def _webhook(one: Any, caller: Caller, serves: dict[int, str | None] | None = None) -> shapes.Webhook:
    _, _, why_silent = presenters.webhook_state(one, timezone.now(), serves)
    return shapes.Webhook(
        url=url_of("webhooks", one.pk),
        id=one.pk,
        name=one.name,
        address=one.url,
        events=[event.verb for event in one.events.all()],
        status=one.status,
        status_label=one.get_status_display(),
        why_silent=why_silent,
        failures=one.failures,
        rests_until=one.rests_until,
        pending=one.waiting,
        given_up=one.left,
        received_at=one.received_at,
        former_secret_until=one.former_until,
        held_by=str(one.held_by) if caller.opens(Scope.PEOPLE_READ) else None,
        created_at=one.created_at,
        is_fictitious=one.is_fictitious,
    )


def _webhook_or_404(caller: Caller, identifier: int, *, held: bool = False) -> Webhook:
    """Return a webhook of this organisation; `held` keeps its row until what is being done is done."""
    if held:
        Webhook.objects.of(caller.token.owner).select_for_update().filter(pk=identifier).first()
    found: Webhook | None = _webhooks(caller).filter(pk=identifier).first()
    if found is None:
        raise Http404("Ce webhook n’existe pas, ou n’est pas celui de votre organisme.")
    return found


def _may_keep(caller: Caller) -> None:
    allow(rules.why_not_keep(caller.token.owner, by=caller.access.user, on=dates.day_of(timezone.now())))


def _wanted(body: shapes.WantedWebhook, caller: Caller) -> dict[str, Any] | Any:
    """Return the arguments of an action, or the problem that names the events that are not offered."""
    offered = events.offered_to(caller.token.owner)
    if unknown := [verb for verb in body.events if verb not in offered]:
        return [
            {"in": "body", "where": "events", "detail": f"L’événement {verb} n’est pas de ceux que vous pouvez suivre."}
            for verb in unknown
        ]
    return {"name": body.name, "url": body.address, "verbs": body.events}


# --- What may be followed ---------------------------------------------------------------------------------------------
@operation("GET", "/webhook-events", shapes.Events, tag="Webhooks", scope=Scope.WEBHOOKS_READ)
def list_webhook_events(request: HttpRequest):  # type: ignore[no-untyped-def]
    """Lister les événements qu’un webhook peut suivre."""
    groups = events.groups_of(caller_of(request).token.owner)
    return shapes.Events(
        data=[
            shapes.Event(verb=verb, label=events.label(verb), subject=subject)
            for subject, verbs in groups.items()
            for verb in verbs
        ]
    )


# --- Webhooks ---------------------------------------------------------------------------------------------------------
@operation("GET", "/webhooks", shapes.Webhooks, tag="Webhooks", scope=Scope.WEBHOOKS_READ)
def list_webhooks(request: HttpRequest, filters: Query[shapes.WebhookFilters]):  # type: ignore[no-untyped-def]
    """Lister les webhooks de votre organisme.

    Ceux qui sont retirés n’y sont plus.
    """
    caller = caller_of(request)
    rows = _webhooks(caller)
    if filters.status:
        rows = rows.filter(status=filters.status)
    page = cut_of(request, rows, WEBHOOK_KEYS, filters)
    serves: dict[int, str | None] = {}
    return shapes.Webhooks(data=[_webhook(one, caller, serves) for one in page.rows], next=page.next)


@operation(
    "POST", "/webhooks", shapes.WebhookWithSecret, made=True,
    tag="Webhooks", scope=Scope.WEBHOOKS_WRITE, leads_to=LEADS_ON,
)  # fmt: skip
def create_webhook(request: HttpRequest, body: Body[shapes.WantedWebhook]):  # type: ignore[no-untyped-def]
    """Ouvrir un webhook.

    Son secret n’est montré que dans cette réponse. Il dit ce que le jeton lit dans le journal : le jeton a aussi la
    portée journal:read. Il vit plus longtemps que lui : la personne qui répond du jeton en répond, et le retire.
    """
    caller = caller_of(request)
    demand(request, Scope.JOURNAL_READ)
    _may_keep(caller)
    wanted = _wanted(body, caller)
    if isinstance(wanted, list):
        return problems.answer(request, "invalide", "Un événement n’est pas offert.", errors=wanted)
    made, secret = webhooks.create_webhook(caller.token.owner, **wanted, by=caller.access.user, at=timezone.now())
    return _with_secret(caller, made.pk, secret, status=201)


def _with_secret(caller: Caller, identifier: int, secret: str, *, status: int = 200) -> Answer:
    content = _webhook(_webhook_or_404(caller, identifier), caller)
    told = shapes.WebhookWithSecret(**content.model_dump(), secret=secret)
    return Answer(told, status, location=content.url if status == 201 else "", reads_as=content)


@operation("GET", "/webhooks/{id}", shapes.Webhook, tag="Webhooks", scope=Scope.WEBHOOKS_READ)
def show_webhook(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Lire un webhook."""
    caller = caller_of(request)
    return _webhook(_webhook_or_404(caller, id), caller)


@operation("PUT", "/webhooks/{id}", shapes.Webhook, tagged=True, tag="Webhooks", scope=Scope.WEBHOOKS_WRITE)
def change_webhook(request: HttpRequest, id: Identifier, body: Body[shapes.WantedWebhook]):  # type: ignore[no-untyped-def]
    """Changer le nom, l’adresse ou les événements d’un webhook.

    Remplace les trois ; If-Match porte l’étiquette du webhook tel que vous l’avez lu. Le jeton a aussi la portée
    journal:read.
    """
    caller = caller_of(request)
    demand(request, Scope.JOURNAL_READ)
    webhook = _webhook_or_404(caller, id, held=True)
    must_match(request, _webhook(webhook, caller))
    _may_keep(caller)
    wanted = _wanted(body, caller)
    if isinstance(wanted, list):
        return problems.answer(request, "invalide", "Un événement n’est pas offert.", errors=wanted)
    webhooks.change_webhook(webhook, **wanted, by=caller.access.user, at=timezone.now())
    return _webhook(_webhook_or_404(caller, id), caller)


def _reached(request: HttpRequest, identifier: int) -> Webhook:
    """Return the webhook that a gesture is asked of: known, as it was read, and this person's to lead."""
    caller = caller_of(request)
    webhook = _webhook_or_404(caller, identifier, held=True)
    match_if_asked(request, _webhook(webhook, caller))
    _may_keep(caller)
    return webhook


def _gesture(request: HttpRequest, identifier: int, act: Callable[..., Webhook], **more: Any) -> shapes.Webhook:
    caller = caller_of(request)
    act(_reached(request, identifier), by=caller.access.user, at=timezone.now(), **more)
    return _webhook(_webhook_or_404(caller, identifier), caller)


@operation("POST", "/webhooks/{id}/pause", shapes.Webhook, tag="Webhooks", scope=Scope.WEBHOOKS_WRITE)
def pause_webhook(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Mettre un webhook en pause.

    Ce qui se passe attend sa reprise.
    """
    return _gesture(request, id, webhooks.pause_webhook)


@operation("POST", "/webhooks/{id}/resume", shapes.Webhook, tag="Webhooks", scope=Scope.WEBHOOKS_WRITE)
def resume_webhook(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Remettre un webhook en service, là où il en était.

    Ce qui attendait part aussitôt.
    """
    return _gesture(request, id, webhooks.resume_webhook)


@operation("POST", "/webhooks/{id}/resume-from-now", shapes.Webhook, tag="Webhooks", scope=Scope.WEBHOOKS_WRITE)
def resume_webhook_from_now(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Remettre un webhook en service à partir de maintenant.

    Ce qui attendait est abandonné.
    """
    return _gesture(request, id, webhooks.resume_webhook, skip=True)


@operation("POST", "/webhooks/{id}/secret", shapes.WebhookWithSecret, tag="Webhooks", scope=Scope.WEBHOOKS_WRITE)
def renew_webhook_secret(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Renouveler le secret d’un webhook.

    Le nouveau n’est montré que dans cette réponse ; l’ancien signe encore, à côté de lui, pendant un jour.
    """
    caller = caller_of(request)
    _, secret = webhooks.renew_secret(_reached(request, id), by=caller.access.user, at=timezone.now())
    return _with_secret(caller, id, secret)


@operation("DELETE", "/webhooks/{id}", shapes.Webhook, tag="Webhooks", scope=Scope.WEBHOOKS_WRITE)
def remove_webhook(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Retirer un webhook, pour toujours.

    Plus rien ne part et son secret est détruit. La réponse le montre une dernière fois.
    """
    caller = caller_of(request)
    removed: Any = _reached(request, id)
    webhooks.remove_webhook(removed, by=caller.access.user, at=timezone.now())
    removed.status, removed.former_until = Status.REMOVED, None
    # What waited was given up with it.
    removed.left, removed.waiting = removed.left + removed.waiting, 0
    return _webhook(removed, caller)


# --- What leaves ------------------------------------------------------------------------------------------------------
def _delivery_fields(one: Delivery) -> dict[str, Any]:
    identifier = f"{PREFIX}{one.identifier.hex}"
    return {
        "url": url_of("webhooks", one.webhook_id, "deliveries", identifier),
        "id": identifier,
        "event": one.verb,
        "is_trial": one.is_trial,
        "journal": one.entry,
        "status": one.status,
        "status_label": one.get_status_display(),
        "tries": one.tries,
        "attempts": [
            shapes.Attempt(
                started_at=attempt.started_at,
                milliseconds=attempt.milliseconds,
                answer=attempt.answer,
                says=attempt.says,
            )
            for attempt in one.attempts.all()
        ],
        "made_at": one.made_at,
        "next_try_at": one.next_try_at,
        "ended_at": one.ended_at,
    }


def _delivery(one: Delivery) -> shapes.DeliveryWithContent:
    return shapes.DeliveryWithContent(**_delivery_fields(one), sent=json.loads(one.body))


def _delivery_or_404(webhook: Webhook, identifier: str) -> Delivery:
    known = webhook.deliveries.prefetch_related("attempts").filter(identifier=identifier.removeprefix(PREFIX))
    found: Delivery | None = known.first()
    if found is None:
        raise Http404("Cet envoi n’existe pas, ou n’est plus gardé.")
    found.webhook = webhook
    return found


@operation("GET", "/webhooks/{id}/deliveries", shapes.Deliveries, tag="Webhooks", scope=Scope.WEBHOOKS_READ)
def list_deliveries(  # type: ignore[no-untyped-def]
    request: HttpRequest, id: Identifier, filters: Query[shapes.DeliveryFilters]
):
    """Lister ce qui est parti pour un webhook, avec ce qui lui a été répondu."""
    webhook = _webhook_or_404(caller_of(request), id)
    page = cut_of(request, presenters.log_of(webhook, filters.status or ""), DELIVERY_KEYS, filters)
    return shapes.Deliveries(data=[shapes.Delivery(**_delivery_fields(one)) for one in page.rows], next=page.next)


@operation(
    "GET", "/webhooks/{id}/deliveries/{delivery}", shapes.DeliveryWithContent,
    tag="Webhooks", scope=Scope.WEBHOOKS_READ,
)  # fmt: skip
def show_delivery(request: HttpRequest, id: Identifier, delivery: DeliveryId):  # type: ignore[no-untyped-def]
    """Lire un envoi, ce qu’il dit et ce que chaque essai a reçu."""
    return _delivery(_delivery_or_404(_webhook_or_404(caller_of(request), id), delivery))


@operation(
    "POST", "/webhooks/{id}/test", shapes.DeliveryWithContent, made=True, tag="Webhooks", scope=Scope.WEBHOOKS_WRITE,
    leads_to=[Link("show_delivery", {"id": "$request.path.id", "delivery": "$response.body#/id"})],
)  # fmt: skip
def try_webhook(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Envoyer un essai.

    Il part dans les secondes qui viennent, même si le webhook est en pause ; sa réponse se lit à l’adresse rendue.
    """
    caller = caller_of(request)
    webhook = _reached(request, id)
    trial = webhooks.try_webhook(webhook, by=caller.access.user, at=timezone.now())
    content = _delivery(_delivery_or_404(webhook, trial.identifier.hex))
    return Answer(content, 201, location=content.url)


@operation(
    "POST", "/webhooks/{id}/deliveries/{delivery}/redeliver", shapes.DeliveryWithContent,
    tag="Webhooks", scope=Scope.WEBHOOKS_WRITE,
)  # fmt: skip
def redeliver(request: HttpRequest, id: Identifier, delivery: DeliveryId):  # type: ignore[no-untyped-def]
    """Renvoyer ce qui a été reçu ou abandonné.

    Il repart sous le même identifiant, et ses essais recommencent.
    """
    caller = caller_of(request)
    webhook = _webhook_or_404(caller, id, held=True)
    known = _delivery_or_404(webhook, delivery)
    match_if_asked(request, _delivery(known))
    _may_keep(caller)
    webhooks.send_again(known, by=caller.access.user, at=timezone.now())
    return _delivery(_delivery_or_404(webhook, delivery))
