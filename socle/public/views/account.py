"""One's own account: who one is here, how one signs in, and from where; and the way to one's own door."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from allauth.account.decorators import reauthentication_required
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from socle.lib import limits
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.people import rules
from socle.people.devices import actions as devices
from socle.people.models import LinkedIdentity, OpenSession, User
from socle.people.sign_in import email_change, factors, identities, provider, sessions
from socle.people.sign_in.forms import NewAddressForm
from socle.ui.submit import refusal_shown_in


class SignIn(LoginView):
    """django-allauth's sign-in, with the identity provider beside it where there is one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().get_context_data(**kwargs)
        if provider.is_configured():
            said["provider_label"] = f"Se connecter avec {settings.OIDC_NAME}"
            asked = self.request.GET.get("next")
            said["provider_url"] = reverse("provider_depart") + (f"?{urlencode({'next': asked})}" if asked else "")
        return said


class AskSecondFactor(AuthenticateView):
    """django-allauth's question after the password, which says what the person has to answer with."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().get_context_data(**kwargs)
        own = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        said["has_application"] = Authenticator.Type.TOTP in own
        said["has_passkey"] = Authenticator.Type.WEBAUTHN in own
        return said


class SeeCodes(ViewRecoveryCodesView):
    """The recovery codes, shown once: a file to keep is in the page itself, for there is no second time."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().get_context_data(**kwargs)
        text = "\n".join(["Codes de secours Socle", *said["unused_codes"], ""])
        said["codes_file"] = f"data:text/plain;charset=utf-8,{quote(text)}" if said["can_view_codes"] else ""
        return said


@login_required
def my_door(request: HttpRequest) -> HttpResponse:
    """Lead each person to the door of their role; to everybody's when they hold none today."""
    on = day_of(timezone.now())
    if rules.is_operator(request.user, on=on):
        return redirect("console:home")
    if rules.is_of_a_beneficiary(request.user, on=on):
        return redirect("mairie:home")
    return redirect("account")


@login_required
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Show who one is here, what one may do, how one signs in and from where."""
    user = _person(request)
    now = timezone.now()
    on = day_of(now)
    must = rules.must_have_second_factor(user, on=on)
    own = {one.type: one for one in Authenticator.objects.filter(user=user)}
    return render(
        request,
        "account/account.html",
        {
            "memberships": user.memberships.active_on(on).select_related("beneficiary", "operator"),
            "has_application": Authenticator.Type.TOTP in own,
            "passkeys": Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count(),
            "codes_left": factors.codes_left(user) if Authenticator.Type.RECOVERY_CODES in own else None,
            "has_second_factor": factors.has_second_factor(user),
            "provider_suffices": factors.provider_asked_for_two(request, user),
            "must_have_second_factor": must,
            "is_exempt": not must and settings.DEMO and user.is_fictitious and rules.is_operator(user, on=on),
            "provider_name": settings.OIDC_NAME if provider.is_configured() else "",
            "identities": LinkedIdentity.objects.filter(user=user).order_by("pk"),
            "why_not_unlink": next((identities.why_not_unlink(one, by=user) for one in user.identities.all()), None),
            "devices": list(user.device_passwords.live()),
            "sessions": [
                {
                    "session": one,
                    "device": sessions.device_in_words(one.device),
                    "is_this_one": one.session_key == request.session.session_key,
                }
                for one in sessions.listed(user, at=now)
            ],
        },
    )


# --- Sessions --------------------------------------------------------------------------------------------------------
@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of one's own sessions."""
    session = get_object_or_404(OpenSession, pk=session_id, user=_person(request))
    sessions.end(session, by=_person(request), at=timezone.now())
    messages.success(request, "Cette session est close.")
    return redirect("account")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all one's sessions but this one, and the passwords of one's devices when they are ticked."""
    user, at = _person(request), timezone.now()
    sessions.end_others(request, user, at=at)
    if "appareils" in request.POST:
        devices.end_all(user, by=user, at=at)
        messages.success(request, "Toutes vos autres sessions sont closes, et vos appareils n’ouvrent plus rien.")
    else:
        messages.success(request, "Toutes vos autres sessions sont closes.")
    return redirect("account")


# --- The address -----------------------------------------------------------------------------------------------------
@login_required
@reauthentication_required
def change_address(request: HttpRequest) -> HttpResponse:
    """Ask for another address: a link is written to it."""
    user = _person(request)
    form = NewAddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if sentence := limits.why_not_yet(f"address:{user.pk}", limit=5, per=3600):
            form.add_error(None, sentence)
            return render(request, "account/address_change.html", {"form": form}, status=429)
        with refusal_shown_in(form, "email"):
            email_change.ask(user, form.cleaned_data["email"], by=user, at=timezone.now())
            messages.success(
                request,
                "Nous venons d’écrire à cette adresse. Ouvrez le lien du message : elle deviendra la vôtre. "
                "D’ici là, rien ne change.",
            )
            return redirect("account")
    return render(request, "account/address_change.html", {"form": form})


@never_cache
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Make the new address one's own. Opening the link only shows a button: programs that read messages open links."""
    try:
        wanted = email_change.read(token)
        if request.method == "POST":
            email_change.change(wanted, at=timezone.now())
            messages.success(request, "Votre adresse a changé : connectez-vous désormais avec celle-ci.")
            return redirect("account")
    except Refused as refusal:
        return render(request, "account/address_confirm.html", {"sentence": refusal.sentence}, status=409)
    return render(request, "account/address_confirm.html", {"wanted": wanted})


# --- The identity provider -------------------------------------------------------------------------------------------
@login_required
@require_POST
@reauthentication_required
def unlink_identity(request: HttpRequest, identity_id: int) -> HttpResponse:
    """Forget that an identity of the provider opens one's account."""
    linked = get_object_or_404(LinkedIdentity, pk=identity_id, user=_person(request))
    try:
        identities.unlink(linked, by=_person(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "Cette identité n’ouvre plus votre compte.")
    return redirect("account")


# --- Passkeys: the library's views, where they do not do what we say -------------------------------------------------
class AddPasskey(AddWebAuthnView):
    """A passkey that signs in by itself: kept by the device, unlocked by a finger, a face or a PIN."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().get_context_data(**kwargs)
        said["js_data"] = {"creation_options": passkeys.begin_registration(_person(self.request), True)}
        return said


class RemovePasskey(RemoveWebAuthnView):
    """The library does not ask whether the person's role can do without."""

    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[no-untyped-call]
        said["why_not"] = self._why_not()
        return said

    def form_valid(self, form: Any) -> HttpResponse:
        if sentence := self._why_not():
            messages.error(self.request, sentence)
            return redirect("mfa_index")
        response: HttpResponse = super().form_valid(form)
        return response

    def _why_not(self) -> str | None:
        user = _person(self.request)
        return rules.why_not_remove_factor(user, self.get_object().pk, on=day_of(timezone.now()))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
