"""The programs that are told of what happens: their webhooks, and what left for them."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from socle.integrations import rules, webhooks
from socle.integrations.desk import Desk
from socle.integrations.forms import WebhookForm
from socle.integrations.models import Delivery, Webhook
from socle.integrations.presenters import (
    DELIVERY_SHEET,
    WEBHOOK_COLUMNS,
    WEBHOOK_SHEET,
    delivery_context,
    log_of,
    webhook_context,
    webhook_rows,
)
from socle.journal.models import Entry
from socle.lib.refusals import refuse
from socle.people import exports
from socle.ui.shapes import Link, files_of
from socle.ui.submit import refusal_shown_in

PER_PAGE = 50


def _crumbs(desk: Desk, *links: Link) -> list[Link]:
    return [Link("Webhooks", desk.address("webhooks")), *links]


def _to(desk: Desk, webhook: Webhook) -> Link:
    return Link(webhook.name, desk.address("webhook", webhook.pk))


def webhook_or_404(desk: Desk, webhook_id: int) -> Webhook:
    """Return a webhook of this organisation, or answer 404 as for one that does not exist."""
    found = (
        Webhook.objects.of(desk.owner)
        .select_related("operator", "beneficiary__department", "held_by")
        .prefetch_related("events")
        .filter(pk=webhook_id)
        .first()
    )
    if found is None:
        raise Http404("Ce webhook n’existe pas, ou n’est pas celui de votre organisme.")
    return found


def delivery_or_404(desk: Desk, webhook_id: int, delivery_id: int) -> Delivery:
    """Return what left for a webhook of this organisation, or answer 404."""
    webhook = webhook_or_404(desk, webhook_id)
    found = webhook.deliveries.prefetch_related("attempts").filter(pk=delivery_id).first()
    if found is None:
        raise Http404("Cet envoi n’existe pas, ou n’est plus gardé.")
    found.webhook = webhook
    return found


def show_all(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the organisation's webhooks."""
    context = {
        "rows": webhook_rows(desk.owner, at=timezone.now()),
        "columns": WEBHOOK_COLUMNS,
        "why_not_keep": desk.why_not_keep,
        "files": files_of(request, f"{desk.door}:webhooks_file"),
    }
    return desk.show(request, "webhooks", context)


def export(request: HttpRequest, desk: Desk, format: str) -> HttpResponse:
    """Give the list as a file."""
    rows = webhook_rows(desk.owner, at=timezone.now())
    return exports.leave(request, WEBHOOK_SHEET, rows, format=format, owner=desk.owner, by=desk.by)


def export_log(request: HttpRequest, desk: Desk, webhook_id: int, format: str) -> HttpResponse:
    """Give what left for a webhook, as its page narrows it, as a file."""
    webhook = webhook_or_404(desk, webhook_id)
    desk.record_view("webhook_file", f"webhook {webhook.pk}", None)
    rows = log_of(webhook, request.GET.get("etat", "")).iterator(chunk_size=exports.PORTION)
    sheet = replace(DELIVERY_SHEET, file_name=f"envois-{webhook.pk}")
    return exports.leave(request, sheet, rows, format=format, owner=desk.owner, by=desk.by)


@sensitive_variables("secret")
def create(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Open a webhook, and show its secret this once."""
    desk.forbid(desk.why_not_keep)
    form = WebhookForm(*([request.POST] if request.method == "POST" else []), owner=desk.owner)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            webhook, secret = webhooks.create_webhook(desk.owner, **form.given, by=desk.by, at=timezone.now())
            return _secret(request, desk, webhook, secret, is_new=True)
    context = {"form": form, "crumbs": _crumbs(desk, Link("Créer")), "back": desk.address("webhooks")}
    return desk.show(request, "webhook_form", context, status=422 if form.errors else 200)


@sensitive_variables("secret")
def _secret(request: HttpRequest, desk: Desk, webhook: Webhook, secret: str, *, is_new: bool) -> HttpResponse:
    context = {
        "webhook": webhook,
        "secret": secret,
        "is_new": is_new,
        "overlap": webhook.former_until,
        "crumbs": _crumbs(desk, _to(desk, webhook), Link("Secret")),
    }
    response = desk.show(request, "webhook_secret", context)
    response["Cache-Control"] = "no-store"
    return response


def show(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Show a webhook and the log of what left for it. htmx asks for the log alone."""
    webhook = webhook_or_404(desk, webhook_id)
    if not request.headers.get("HX-Request"):
        desk.record_view("webhook", f"webhook {webhook.pk}", None)
    status, at = request.GET.get("etat", ""), timezone.now()
    page = Paginator(log_of(webhook, status), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **webhook_context(webhook, status=status, page=page, by=desk.by, at=at),
        "crumbs": _crumbs(desk, Link(webhook.name)),
        "files": files_of(request, f"{desk.door}:webhook_file", webhook.pk),
    }
    if request.headers.get("HX-Request"):
        response = desk.show(request, "_deliveries", context)
        response["Cache-Control"] = "no-store"
        # It has left: what may be done now has changed with it.
        if not context["is_moving"]:
            response["HX-Refresh"] = "true"
        return response
    return desk.show(request, "webhook", context)


def change(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Tell another address, or of other events."""
    webhook, at = webhook_or_404(desk, webhook_id), timezone.now()
    refuse(rules.why_not_act_on(webhook, by=desk.by, at=at))
    form = WebhookForm(*([request.POST] if request.method == "POST" else []), owner=desk.owner, webhook=webhook)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            webhooks.change_webhook(webhook, **form.given, by=desk.by, at=at)
            messages.success(request, "Le webhook est modifié : la suite part selon ces choix.")
            return desk.to("webhook", webhook.pk)
    context = {
        "form": form,
        "webhook": webhook,
        "crumbs": _crumbs(desk, _to(desk, webhook), Link("Modifier")),
        "back": desk.address("webhook", webhook.pk),
    }
    return desk.show(request, "webhook_form", context, status=422 if form.errors else 200)


@sensitive_variables("secret")
def renew_secret(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Give a webhook another secret, and show it this once."""
    webhook, secret = webhooks.renew_secret(webhook_or_404(desk, webhook_id), by=desk.by, at=timezone.now())
    return _secret(request, desk, webhook, secret, is_new=False)


def pause(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Let nothing leave for a while."""
    webhooks.pause_webhook(webhook_or_404(desk, webhook_id), by=desk.by, at=timezone.now())
    messages.success(request, "Le webhook est en pause : ce qui se passe attend sa reprise.")
    return desk.to("webhook", webhook_id)


def resume(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Put a webhook back in service, from where it was or from now on."""
    skip = request.POST.get("sauter") == "oui"
    webhooks.resume_webhook(webhook_or_404(desk, webhook_id), by=desk.by, at=timezone.now(), skip=skip)
    rest = "ce qui attendait est laissé de côté" if skip else "ce qui attendait part maintenant"
    messages.success(request, f"Le webhook est en service : {rest}.")
    return desk.to("webhook", webhook_id)


def take_over(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Answer for a webhook in place of whoever did."""
    webhook = webhooks.take_over_webhook(webhook_or_404(desk, webhook_id), by=desk.by, at=timezone.now())
    messages.success(request, f"Vous répondez maintenant du webhook « {webhook.name} ».")
    return desk.to("webhook", webhook_id)


def send_trial(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Send a trial, to see whether the other side answers."""
    webhooks.try_webhook(webhook_or_404(desk, webhook_id), by=desk.by, at=timezone.now())
    messages.success(request, "Un essai part : sa réponse paraît dans le journal des envois.")
    return desk.to("webhook", webhook_id)


def remove(request: HttpRequest, desk: Desk, webhook_id: int) -> HttpResponse:
    """Tell that program nothing any more, for good."""
    webhook = webhooks.remove_webhook(webhook_or_404(desk, webhook_id), by=desk.by, at=timezone.now())
    messages.success(request, f"Le webhook « {webhook.name} » est retiré : plus rien ne part, son secret est détruit.")
    return desk.to("webhooks")


def show_delivery(request: HttpRequest, desk: Desk, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Show what left, and what came of each try."""
    delivery = delivery_or_404(desk, webhook_id, delivery_id)
    entry = Entry.objects.filter(pk=delivery.entry).first() if delivery.entry is not None else None
    desk.record_view("webhook_delivery", f"envoi {delivery.pk}", entry)
    context = {
        **delivery_context(delivery, by=desk.by, at=timezone.now()),
        "crumbs": _crumbs(desk, _to(desk, delivery.webhook), Link("Envoi")),
    }
    return desk.show(request, "webhook_delivery", context)


def send_again(request: HttpRequest, desk: Desk, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Send again, under the same identifier, what was received or given up."""
    webhooks.send_again(delivery_or_404(desk, webhook_id, delivery_id), by=desk.by, at=timezone.now())
    messages.success(request, "L’envoi repart, sous le même identifiant.")
    return desk.to("webhook", webhook_id)
