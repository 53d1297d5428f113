"""django-allauth's two adapters: what an account may do, and the second factor, its secret encrypted where it rests."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from socle.journal import actions as journal
from socle.lib import limits, vault
from socle.lib.dates import day_of
from socle.people import rules
from socle.people.devices import entrance
from socle.people.models import User
from socle.people.sign_in import factors, sessions

log = logging.getLogger("socle.sign_in")

# What keeps the secrets of this apart from others.
PURPOSE = "second factor"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by whoever answers for the person: there is no sign-up. Every refusal says what to do."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "Ce compte est fermé. Écrivez à la personne qui vous l’a ouvert.",
        "email_password_mismatch": (
            "L’adresse ou le mot de passe ne correspond pas. Vérifiez l’un et l’autre, "
            "ou demandez un nouveau mot de passe."
        ),
        "enter_current_password": "Ce n’est pas votre mot de passe actuel.",
        "incorrect_password": "Ce n’est pas votre mot de passe.",
        "incorrect_code": "Ce code n’est pas le bon. Attendez que l’application en affiche un nouveau et recopiez-le.",
        "invalid_password_reset": "Ce lien a déjà servi ou a plus de 24 heures. Demandez-en un nouveau.",
        "too_many_login_attempts": (
            "Trop d’essais manqués. Attendez cinq minutes, puis réessayez ou demandez un nouveau mot de passe."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        theirs = f"{AuthenticateStage.__module__}.{AuthenticateStage.__qualname__}"
        ours = f"{SecondFactorStage.__module__}.{SecondFactorStage.__qualname__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_reset_password_from_key_url(self, key: str) -> str:
        # Never from the Host header: whoever forges it would receive the link.
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.PLATFORM_URL}{path.replace('UID-KEY', key)}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By address and account: whoever is wrong from elsewhere must not keep the owner out.
        return f"{limits.visitor(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # By the number of the account, or none: neither the address nor, when it is unknown, what was typed.
        address = str(credentials.get("email") or "")
        account = User.objects.filter(email=address.lower()).values_list("pk", flat=True).first()
        log.warning("sign-in refused account=%s", account or "unknown")
        entrance.note_wrong(request, address.strip().casefold()[:320], use=None, at=timezone.now())
        super().authentication_failed(request, **credentials)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        assert isinstance(user, User)
        super().login(request, user)
        log.info("signed in account=%s", user.pk)
        sessions.note_opened(request, user, at=timezone.now())

    def logout(self, request: HttpRequest) -> None:
        token = request.session.get(TOKEN)
        sessions.note_closed(request)
        super().logout(request)
        if token:
            # The session is gone; the next page ends the provider's as well.
            request.session[LEAVING] = token

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        if request.session.get(TOKEN):
            return reverse("provider_leave")
        return str(super().get_logout_redirect_url(request))

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        assert isinstance(user, User)
        super().set_password(user, password)
        # Django no longer believes the other sessions; their lines go too. The one in which it is done stays.
        is_theirs = self.request.user == user
        sessions.forget_others(user, but=self.request.session.session_key if is_theirs else None)

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, *args: Any, **kwargs: Any) -> None:
        """Whatever changes how someone signs in is told to them; the journal keeps it too."""
        super().send_notification_mail(template_prefix, user, *args, **kwargs)
        verb = {
            "account/email/password_changed": "person.password_chosen",
            "account/email/password_reset": "person.password_chosen",
            "account/email/password_set": "person.password_chosen",
            "mfa/email/totp_activated": "person.factor_added",
            "mfa/email/totp_deactivated": "person.factor_removed",
            "mfa/email/webauthn_added": "person.factor_added",
            "mfa/email/webauthn_removed": "person.factor_removed",
            "mfa/email/recovery_codes_generated": "person.codes_renewed",
            "mfa/email/recovery_code_used": "person.code_used",
        }.get(template_prefix)
        if verb is not None:
            journal.record(verb, user, by=user, at=timezone.now())


# Where the session keeps the provider's token, which ending its session asks for.
TOKEN, LEAVING = "provider_token", "provider_leaving"


class SecondFactorStage(AuthenticateStage):
    """The stage of a sign-in that asks for the second factor, unless the identity provider has just asked for one."""

    def _should_handle(self, request: HttpRequest) -> bool:
        if isinstance(self.login.user, User) and factors.provider_asked_for_two(request, self.login.user):
            return False
        return bool(super()._should_handle(request))


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor: the secret is encrypted at rest with a key drawn from the platform's own."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "add_email_blocked": "Votre adresse ne change pas ainsi.",
        "unverified_email": "Confirmez d’abord votre adresse électronique.",
        "cannot_delete_authenticator": (
            "Votre fonction demande un second contrôle, et c’est le seul que vous ayez : "
            "ajoutez-en un autre avant de retirer celui-ci."
        ),
        "cannot_generate_recovery_codes": (
            "Mettez d’abord en place une application ou une clé d’accès : les codes de secours les remplacent."
        ),
    }

    def encrypt(self, text: str) -> str:
        return vault.keep(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return vault.read(encrypted_text, purpose=PURPOSE)
        except vault.Unreadable as error:
            raise ImproperlyConfigured(
                "a second factor cannot be read: SECRET_KEY changed; put the former key in SOCLE_SECRET_KEY_FALLBACKS"
            ) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        on = day_of(timezone.now())
        return rules.why_not_remove_factor(authenticator.user, authenticator.pk, on=on) is None

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        # Never from the Host header either: a passkey made under another name would be lost.
        return {"id": urlsplit(settings.PLATFORM_URL).hostname or "localhost", "name": settings.MFA_TOTP_ISSUER}
