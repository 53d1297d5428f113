"""The programs that are told of what happens where their operator works: their webhooks, and what left for them."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from socle.console.access import Access, console_view, forbid, gesture, saw
from socle.console.lists import leave, page_of
from socle.integrations import rules, webhooks
from socle.integrations.forms import WebhookForm
from socle.integrations.models import Delivery, Webhook
from socle.integrations.shown import (
    DELIVERY_SHEET,
    WEBHOOK_COLUMNS,
    WEBHOOK_SHEET,
    delivery_context,
    log_of,
    webhook_context,
    webhook_rows,
)
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people import exports
from socle.people.models import Beneficiary
from socle.ui.shapes import Link, files_of


def _crumbs(*links: Link) -> list[Link]:
    return [Link("Webhooks", reverse("console:webhooks")), *links]


def _to(webhook: Webhook) -> Link:
    return Link(webhook.name, reverse("console:webhook", args=[webhook.pk]))


def webhook_or_404(access: Access, webhook_id: int) -> Webhook:
    """Return a webhook of this operator, or answer 404 as for one that does not exist."""
    found = (
        Webhook.objects.of(access.operator)
        .select_related("operator", "beneficiary__department", "held_by")
        .prefetch_related("events")
        .filter(pk=webhook_id)
        .first()
    )
    if found is None:
        raise Http404("Ce webhook n’existe pas, ou n’est pas celui de votre organisme.")
    return found


def delivery_or_404(access: Access, webhook_id: int, delivery_id: int) -> Delivery:
    """Return what left for a webhook of this operator, or answer 404."""
    webhook = webhook_or_404(access, webhook_id)
    found = webhook.deliveries.prefetch_related("attempts").filter(pk=delivery_id).first()
    if found is None:
        raise Http404("Cet envoi n’existe pas, ou n’est plus gardé.")
    found.webhook = webhook
    return found


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the webhooks of this operator."""
    at = timezone.now()
    context = {
        "rows": webhook_rows(access.operator, at=at),
        "columns": WEBHOOK_COLUMNS,
        "why_not_keep": rules.why_not_keep(access.operator, by=access.user, on=dates.day_of(at)),
        "files": files_of(request, "console:webhooks_file"),
    }
    return render(request, "console/webhooks.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as a file."""
    return leave(request, access, WEBHOOK_SHEET, webhook_rows(access.operator, at=timezone.now()), format)


@console_view
def export_log(request: HttpRequest, access: Access, webhook_id: int, format: str) -> HttpResponse:
    """Give what left for a webhook, as its page narrows it, as a file."""
    webhook = webhook_or_404(access, webhook_id)
    saw(request, "webhook_file", code=f"webhook {webhook.pk}")
    rows = log_of(webhook, request.GET.get("etat", "")).iterator(chunk_size=exports.PORTION)
    return leave(request, access, replace(DELIVERY_SHEET, file_name=f"envois-{webhook.pk}"), rows, format)


@sensitive_variables("secret")
@console_view
def create(request: HttpRequest, access: Access) -> HttpResponse:
    """Open a webhook, and show its secret this once."""
    forbid(rules.why_not_keep(access.operator, by=access.user, on=dates.day_of(timezone.now())))
    form = WebhookForm(*([request.POST] if request.method == "POST" else []), owner=access.operator)
    if form.is_bound and form.is_valid():
        try:
            webhook, secret = webhooks.create_webhook(access.operator, **form.given, by=access.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return _secret(request, webhook, secret, is_new=True)
    context = {"form": form, "crumbs": _crumbs(Link("Créer")), "back": reverse("console:webhooks")}
    return render(request, "console/webhook_form.html", context, status=422 if form.errors else 200)


def _secret(request: HttpRequest, webhook: Webhook, secret: str, *, is_new: bool) -> HttpResponse:
    context = {
        "webhook": webhook,
        "secret": secret,
        "is_new": is_new,
        "overlap": webhook.former_until,
        "crumbs": _crumbs(_to(webhook), Link("Secret")),
    }
    response = render(request, "console/webhook_secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


@console_view
def show(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Show a webhook and the log of what left for it. htmx asks for the log alone."""
    webhook = webhook_or_404(access, webhook_id)
    if not request.headers.get("HX-Request"):
        saw(request, "webhook", code=f"webhook {webhook.pk}")
    status, at = request.GET.get("etat", ""), timezone.now()
    page = page_of(request, log_of(webhook, status))
    context = {
        **webhook_context(webhook, status=status, page=page, by=access.user, at=at),
        "crumbs": _crumbs(Link(webhook.name)),
        "files": files_of(request, "console:webhook_file", webhook.pk),
    }
    if request.headers.get("HX-Request"):
        response = render(request, "integrations/_deliveries.html", context)
        response["Cache-Control"] = "no-store"
        # It has left: what may be done now has changed with it.
        if not context["is_moving"]:
            response["HX-Refresh"] = "true"
        return response
    return render(request, "console/webhook.html", context)


@console_view
def change(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Tell another address, or of other events."""
    webhook = webhook_or_404(access, webhook_id)
    at = timezone.now()
    refuse(rules.why_not_act_on(webhook, by=access.user, at=at))
    form = WebhookForm(*([request.POST] if request.method == "POST" else []), owner=access.operator, webhook=webhook)
    if form.is_bound and form.is_valid():
        try:
            webhooks.change_webhook(webhook, **form.given, by=access.user, at=at)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Le webhook est modifié : la suite part selon ces choix.")
            return redirect("console:webhook", webhook.pk)
    context = {
        "form": form,
        "webhook": webhook,
        "crumbs": _crumbs(_to(webhook), Link("Modifier")),
        "back": reverse("console:webhook", args=[webhook.pk]),
    }
    return render(request, "console/webhook_form.html", context, status=422 if form.errors else 200)


@sensitive_variables("secret")
@gesture
def renew_secret(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Give a webhook another secret, and show it this once."""
    webhook, secret = webhooks.renew_secret(webhook_or_404(access, webhook_id), by=access.user, at=timezone.now())
    return _secret(request, webhook, secret, is_new=False)


@gesture
def pause(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Let nothing leave for a while."""
    webhook = webhook_or_404(access, webhook_id)
    webhooks.pause_webhook(webhook, by=access.user, at=timezone.now())
    messages.success(request, "Le webhook est en pause : ce qui se passe attend sa reprise.")
    return redirect("console:webhook", webhook.pk)


@gesture
def resume(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Put a webhook back in service, from where it was or from now on."""
    webhook = webhook_or_404(access, webhook_id)
    skip = request.POST.get("sauter") == "oui"
    webhooks.resume_webhook(webhook, by=access.user, at=timezone.now(), skip=skip)
    rest = "ce qui attendait est laissé de côté" if skip else "ce qui attendait part maintenant"
    messages.success(request, f"Le webhook est en service : {rest}.")
    return redirect("console:webhook", webhook.pk)


@gesture
def take_over(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Answer for a webhook in place of whoever did."""
    webhook = webhook_or_404(access, webhook_id)
    webhooks.take_over_webhook(webhook, by=access.user, at=timezone.now())
    messages.success(request, f"Vous répondez maintenant du webhook « {webhook.name} ».")
    return redirect("console:webhook", webhook.pk)


@gesture
def send_trial(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Send a trial, to see whether the other side answers."""
    webhook = webhook_or_404(access, webhook_id)
    webhooks.try_webhook(webhook, by=access.user, at=timezone.now())
    messages.success(request, "Un essai part : sa réponse paraît dans le journal des envois.")
    return redirect("console:webhook", webhook.pk)


@gesture
def remove(request: HttpRequest, access: Access, webhook_id: int) -> HttpResponse:
    """Tell that program nothing any more, for good."""
    webhook = webhook_or_404(access, webhook_id)
    webhooks.remove_webhook(webhook, by=access.user, at=timezone.now())
    messages.success(request, f"Le webhook « {webhook.name} » est retiré : plus rien ne part, son secret est détruit.")
    return redirect("console:webhooks")


def _about(delivery: Delivery, access: Access) -> Beneficiary | None:
    """The beneficiary that what was sent is about; a trial is about none."""
    entry = Entry.objects.filter(pk=delivery.entry).first() if delivery.entry is not None else None
    if entry is None or not entry.beneficiary_ref:
        return None
    found: Beneficiary | None = access.beneficiaries().filter(pk=int(entry.beneficiary_ref)).first()
    return found


@console_view
def show_delivery(request: HttpRequest, access: Access, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Show what left, and what came of each try."""
    delivery = delivery_or_404(access, webhook_id, delivery_id)
    saw(request, "webhook_delivery", _about(delivery, access), f"envoi {delivery.pk}")
    context = {
        **delivery_context(delivery, by=access.user, at=timezone.now()),
        "crumbs": _crumbs(_to(delivery.webhook), Link("Envoi")),
    }
    return render(request, "console/webhook_delivery.html", context)


@gesture
def send_again(request: HttpRequest, access: Access, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Send again, under the same identifier, what was received or given up."""
    delivery = delivery_or_404(access, webhook_id, delivery_id)
    webhooks.send_again(delivery, by=access.user, at=timezone.now())
    messages.success(request, "L’envoi repart, sous le même identifiant.")
    return redirect("console:webhook", webhook_id)
