"""Asking for the alerts of a site by e-mail, confirming, leaving."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.lib.limits import visitor, why_not_yet
from socle.lib.refusals import Refused
from socle.lib.stamps import StampedForm
from socle.people.models import User
from socle.sections.subscriptions import actions, email_links, rules
from socle.sites.dynamic import stopped
from socle.sites.frame import frame_for
from socle.sites.public import website_of

SENT = "Un lien vient de partir à l’adresse indiquée\u00a0: ouvrez-le pour recevoir les alertes."
UNKNOWN = (
    "Ce lien ne correspond à aucune adresse. S’il est coupé sur deux lignes dans votre messagerie, recopiez-le en "
    "entier\u00a0; une adresse que personne n’a confirmée à temps est effacée\u00a0: laissez-la de nouveau."
)
CONFIRMED = "Vous recevrez les alertes par courriel. Chaque message porte le lien qui y met fin."
ENDED = "Votre adresse est effacée\u00a0: vous ne recevrez plus les alertes par courriel."


class AlertsForm(StampedForm):
    """An address, and nothing else."""

    use_required_attribute = False

    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        help_text="Un lien de confirmation y sera envoyé. Elle ne sert qu’aux alertes.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Indiquez votre adresse électronique.",
            "invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit comme camille@exemple.fr.",
        },
    )


def ask(request: HttpRequest) -> HttpResponse:
    """Leave an address. The answer is the same whether it was there already or not."""
    website, at = website_of(request), timezone.now()
    form, status = AlertsForm(place=f"alertes:{website.pk}", at=at), 200
    if request.method == "POST":
        form, status = AlertsForm(request.POST, place=f"alertes:{website.pk}", at=at), 422
        if form.is_valid():
            email = form.cleaned_data["email"].lower()
            if wait := _why_wait(request, website.pk, email):
                return stopped(request, wait, 429)
            actions.ask(website, email, at=at)
            return stopped(request, SENT, 200, title="Ouvrez le lien envoyé")
    context = {"frame": frame_for(request, None), "form": form}
    return render(request, "websites/subscriptions/ask.html", context, status=status)


def _why_wait(request: HttpRequest, website_id: int, email: str) -> str | None:
    return (
        why_not_yet(f"alerts:{visitor(request)}", limit=20, per=3600)
        or why_not_yet(f"alerts-to:{email}", limit=4, per=24 * 3600)
        or why_not_yet(f"alerts-of:{website_id}", limit=200, per=3600)
    )


def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm an address. Opening the link only shows a button: programs that read messages open links."""
    at, found = timezone.now(), email_links.to_confirm(token, website_of(request))
    if found is None:
        return stopped(request, UNKNOWN, 404)
    if reason := rules.why_not_confirm(found, at=at):
        return stopped(request, reason, 410)
    if request.method == "POST":
        try:
            actions.confirm(found, by=User.objects.system(), at=at)
        except Refused as refusal:
            return stopped(request, refusal.sentence, 410)
        return stopped(request, CONFIRMED, 200)
    context = {"frame": frame_for(request, None), "title": "Recevoir les alertes par courriel", "button": "Confirmer"}
    return render(request, "websites/subscriptions/button.html", context)


def end(request: HttpRequest, token: str) -> HttpResponse:
    """Leave. The mailbox itself asks by POST, from anywhere (RFC 8058); a person is shown a button."""
    found = email_links.to_leave(token, website_of(request))
    if found is None:
        return stopped(request, ENDED, 200) if email_links.is_ours(token) else stopped(request, UNKNOWN, 404)
    if request.method == "POST":
        actions.end(found, by=User.objects.system(), at=timezone.now())
        return stopped(request, ENDED, 200)
    context = {
        "frame": frame_for(request, None),
        "title": "Ne plus recevoir les alertes",
        "button": "Effacer mon adresse",
    }
    return render(request, "websites/subscriptions/button.html", context)
