"""Second factors: an application, passkeys, or their provider's word."""

from __future__ import annotations

from datetime import date

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.http import HttpRequest

from socle.people import rules
from socle.people.models import User
from socle.people.rules import FACTORS

PROVIDER = "provider"


def has_second_factor(user: User) -> bool:
    """Say whether this person has set up the authentication application, or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def kinds_of(user: User) -> list[str]:
    """Return the kinds of what this person has set up, the recovery codes last."""
    return sorted(set(Authenticator.objects.filter(user=user).values_list("type", flat=True)), reverse=True)


def codes_left(user: User) -> int | None:
    """Return how many recovery codes this person has not used, or None when they have none at all."""
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return None if codes is None else len(RecoveryCodes(codes).get_unused_codes())


def note_provider(request: HttpRequest, user: User, *, asked_for_two: bool) -> None:
    """Keep in the session being opened that the identity provider vouched for this person, and how strongly."""
    record_authentication(request, user, PROVIDER, asked_for_two=asked_for_two)


def provider_asked_for_two(request: HttpRequest, user: User) -> bool:
    """Say whether this session was opened through the provider with two factors, where its word stands for ours."""
    records = get_authentication_records(request, user)
    return any(record.get("method") == PROVIDER and record.get("asked_for_two") is True for record in records)


def is_satisfied(request: HttpRequest, user: User) -> bool:
    """Say whether this session was opened with a second factor: whoever has one was asked for it at sign-in."""
    return has_second_factor(user) or provider_asked_for_two(request, user)


def why_not_satisfied(request: HttpRequest, user: User, *, on: date) -> str | None:
    """Say in French what this session lacks for the roles this person holds this day, or None."""
    if rules.must_have_second_factor(user, on=on) and not is_satisfied(request, user):
        return "Votre fonction demande un second contrôle à la connexion : mettez-le en place, puis vous entrerez."
    return None
