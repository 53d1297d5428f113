"""Signing in by the identity provider: there, back, and out."""

from __future__ import annotations

import hmac
from dataclasses import asdict

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from socle.lib import limits
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.people import acting
from socle.people.models import User
from socle.people.sign_in import factors, identities, provider
from socle.people.sign_in.adapters import LEAVING, TOKEN

PENDING = "provider_pending"
# Seconds one may take at the provider: one may have to find a telephone there.
PATIENCE = 15 * 60


@require_GET
@never_cache
def depart(request: HttpRequest) -> HttpResponse:
    """Send the person to the provider, remembering what was asked. A link and not a form: see `form-action`."""
    _open()
    if sentence := limits.why_not_yet(f"provider:{limits.visitor(request)}", limit=30, per=60):
        messages.error(request, sentence)
        return redirect(_here(request))
    asked, next_page = provider.Asked.draw(), request.GET.get("next", "")
    try:
        address = provider.departure(asked)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(_here(request))
    request.session[PENDING] = {
        **asdict(asked),
        "at": timezone.now().timestamp(),
        "next": next_page if get_adapter().is_safe_url(next_page) else "",
        # Whoever is already signed in ties an identity to their own account, whatever its address.
        "for": request.user.pk if isinstance(request.user, User) else None,
    }
    return redirect(address)


@require_GET
@never_cache
def arrive(request: HttpRequest) -> HttpResponse:
    """Let in the person the provider sends back, if everything it says holds together."""
    _open()
    here, pending = _here(request), request.session.pop(PENDING, None)
    state = request.GET.get("state", "")
    if (
        not isinstance(pending, dict)
        or not hmac.compare_digest(str(pending.get("state")).encode(), state.encode())
        or timezone.now().timestamp() - pending["at"] > PATIENCE
        or request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER
    ):
        messages.error(request, "Cette identification a été interrompue ou a trop duré. Recommencez.")
        return redirect(here)
    if error := request.GET.get("error"):
        messages.error(request, provider.sentence_of(error))
        return redirect(here)
    asked = provider.Asked(pending["state"], pending["nonce"], pending["verifier"])
    ties_for = request.user if isinstance(request.user, User) and request.user.pk == pending["for"] else None
    try:
        identity = provider.identify(request.GET.get("code", ""), asked, is_named="iss" in request.GET)
        user = identities.recognise(identity, signed_in=ties_for, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(here)
    if ties_for is not None:
        messages.success(request, f"Votre identité {settings.OIDC_NAME} est reliée à votre compte.")
        return redirect("account")
    return _enter(request, user, identity, pending["next"])


def _enter(request: HttpRequest, user: User, identity: provider.Identity, next_page: str) -> HttpResponse:
    if isinstance(request.user, User):
        get_adapter().logout(request)
        request.session.pop(LEAVING, None)
    factors.note_provider(request, user, asked_for_two=provider.asked_for_two(identity))
    request.session[TOKEN] = identity.id_token
    # The provider says for which organisation: a secretary of three communes is led to that one.
    if place := identities.beneficiary_of(user, identity, on=day_of(timezone.now())):
        request.session[acting.SESSION_KEY] = place.pk
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=next_page or None))
    return response


@require_GET
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """After our session, end the provider's: by a page of ours, since a form may not lead elsewhere."""
    token = request.session.pop(LEAVING, None)
    state = get_random_string(40)
    address = provider.way_out(token, state) if isinstance(token, str) and provider.is_configured() else None
    if address is None:
        return redirect(settings.LOGOUT_REDIRECT_URL)
    return render(request, "account/provider_leave.html", {"address": address, "name": settings.OIDC_NAME})


@require_GET
def left(request: HttpRequest) -> HttpResponse:
    """Say that both sessions are ended. Anybody may come here: nothing is done."""
    messages.success(request, "Vous êtes déconnecté·e.")
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _open() -> None:
    if not provider.is_configured():
        raise Http404


def _here(request: HttpRequest) -> str:
    return "account" if request.user.is_authenticated else "account_login"
