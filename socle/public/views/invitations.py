"""Accepting an invitation: by whoever holds the link of the message, and nobody else."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.contrib.auth import logout, password_validation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from socle.lib.dates import day_of
from socle.lib.limits import visitor, why_not_yet
from socle.lib.refusals import Refused
from socle.people import invitation_rules, invitations
from socle.people.models import Invitation, User
from socle.people.sign_in.forms import PASSWORD_HELP

UNKNOWN = (
    "Ce lien ne correspond à aucune invitation. S’il est coupé sur deux lignes dans votre messagerie, "
    "recopiez-le en entier ; si vous avez reçu un autre message depuis, c’est son lien qui sert."
)


class FirstPasswordForm(forms.Form):
    """The name as the person writes it, and a password of their own."""

    name = forms.CharField(
        label="Nom et prénom",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Indiquez votre nom.", "max_length": "Le nom compte 120 caractères au plus."},
    )
    password1 = forms.CharField(
        label="Mot de passe",
        help_text=PASSWORD_HELP,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choisissez un mot de passe."},
    )
    password2 = forms.CharField(
        label="Le même, une seconde fois",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Recopiez le mot de passe."},
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"name": invitation.name}, **kwargs})
        self.invitation = invitation

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "Ce n’est pas le même mot de passe que juste au-dessus.")
        elif first:
            likeness = User(email=self.invitation.email, name=str(cleaned.get("name", "")))
            try:
                password_validation.validate_password(first, likeness)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned


@never_cache
@sensitive_post_parameters("password1", "password2")
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is offered, and accept it: with a first password, or with the account one already has."""
    if wait := why_not_yet(f"invitation:{visitor(request)}", limit=60, per=600):
        return _stopped(request, wait, status=429)
    invitation = invitations.by_token(token)
    if invitation is None:
        return _stopped(request, UNKNOWN, status=404)
    at = timezone.now()
    if reason := invitation_rules.why_not_open_invitation(invitation, at=at):
        return _stopped(request, reason, status=410, can_sign_in=True)
    if isinstance(request.user, User):
        return _with_account(request, invitation, request.user)
    known = User.objects.filter(email=invitation.email).first()
    if known is not None and known.has_usable_password():
        # The link proves the mailbox; the account proves the person. Holding one is not holding the other.
        sign_in = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
        return render(request, "public/invitation.html", {"invitation": invitation, "sign_in_url": sign_in})
    return _first_time(request, invitation)


def _with_account(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    at, age = timezone.now(), user.sessions_age
    reason = invitation_rules.why_not_accept_invitation(invitation, by=user, at=at, on=day_of(at))
    if request.method == "POST" and not reason:
        try:
            invitations.accept(invitation, by=user, at=at)
        except Refused as refusal:
            return _stopped(request, refusal.sentence, status=409)
        if user.sessions_age != age:
            # The role demands a second factor: what was opened with a password alone is closed, this session too.
            logout(request)
        messages.success(request, f"Vous êtes maintenant {invitation.get_role_display()}, {invitation.place.name}.")
        return redirect("my_door")
    context = {"invitation": invitation, "refusal": reason, "has_account": True}
    return render(request, "public/invitation.html", context, status=409 if reason else 200)


def _first_time(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = FirstPasswordForm(request.POST or None, invitation=invitation)
    if request.method == "POST" and form.is_valid():
        try:
            user = _open(invitation, form.cleaned_data["name"], form.cleaned_data["password1"])
        except Refused as refusal:
            return _stopped(request, refusal.sentence, status=409, can_sign_in=True)
        messages.success(request, f"Bienvenue. Vous êtes {invitation.get_role_display()}, {invitation.place.name}.")
        # Just typed twice: it is not asked again a minute later, before the second factor is put in place.
        record_authentication(request, user, "password", reauthenticated=True)
        # An account that was waiting may have a second factor: it is asked for, as at every sign-in.
        entered: HttpResponse = perform_login(request, Login(user=user, redirect_url=reverse("my_door")))
        return entered
    context = {"invitation": invitation, "form": form}
    return render(request, "public/invitation.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _open(invitation: Invitation, name: str, password: str) -> User:
    """Open the account, give it its password and the role: all or nothing."""
    at = timezone.now()
    user = invitations.open_account_for(invitation, at=at, name=name)
    invitations.accept(invitation, by=user, at=at)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def _stopped(request: HttpRequest, sentence: str, *, status: int, can_sign_in: bool = False) -> HttpResponse:
    context = {"sentence": sentence, "can_sign_in": can_sign_in}
    return render(request, "public/invitation_stopped.html", context, status=status)
