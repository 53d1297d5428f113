"""How people sign in: django-allauth, with our words, our rules, and secrets encrypted where they rest."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from socle.lib.dates import day_of
from socle.people import rules
from socle.people.models import User

EMAIL = "Adresse électronique"
PASSWORD = "Mot de passe"  # noqa: S105 (a label)
PASSWORD_HELP = "Au moins 12 caractères. Une suite de mots qui ne va qu’à vous se retient mieux qu’un mot compliqué."  # noqa: S105
CODE_HELP = "Les 6 chiffres que votre application affiche en ce moment."


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

    def get_reset_password_from_key_url(self, key: str) -> str:
        # Never from the Host header: whoever forges it would receive the link.
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.PLATFORM_URL}{path.replace('UID-KEY', key)}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor: the secret is encrypted at rest with a key drawn from the platform's own."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": "Votre fonction demande ce second contrôle : il ne peut pas être retiré.",
        "cannot_generate_recovery_codes": (
            "Activez d’abord l’application d’authentification : les codes de secours la remplacent."
        ),
    }

    def encrypt(self, text: str) -> str:
        return _safe().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _safe().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "a second factor cannot be read: SECRET_KEY changed; put the former key in SOCLE_SECRET_KEY_FALLBACKS"
            ) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        on = day_of(timezone.now())
        return not (authenticator.type == "totp" and rules.must_have_second_factor(authenticator.user, on=on))


def _safe() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second factor" + key.encode()).digest())) for key in keys]
    )


def has_second_factor(user: User) -> bool:
    """Say whether this person has set up the authentication application."""
    return bool(SecondFactorAdapter().is_mfa_enabled(user, [Authenticator.Type.TOTP]))


# --- Forms: allauth's own, with our words ---------------------------------------------------------------------------


def _say(field: forms.Field, label: str, help_text: str = "") -> None:
    field.label = label
    field.help_text = help_text
    field.widget.attrs.pop("placeholder", None)


class LoginForm(account_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["login"], EMAIL)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        _say(self.fields["password"], PASSWORD)


class ResetPasswordForm(account_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["email"], EMAIL, "Celle avec laquelle vous vous connectez.")


def _say_new(form: forms.Form) -> None:
    _say(form.fields["password1"], "Nouveau mot de passe", PASSWORD_HELP)
    _say(form.fields["password2"], "Le même, une seconde fois")


class _SameTwice:
    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        errors = self.errors.get("password2")  # type: ignore[attr-defined]
        if errors and cleaned and cleaned.get("password1"):
            del self.errors["password2"]  # type: ignore[attr-defined]
            self.add_error("password2", "Ce n’est pas le même mot de passe que juste au-dessus.")  # type: ignore[attr-defined]
        return cleaned


class NewPasswordForm(_SameTwice, account_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_new(self)


class SetPasswordForm(_SameTwice, account_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_new(self)


class ChangePasswordForm(_SameTwice, account_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["oldpassword"], "Mot de passe actuel")
        _say_new(self)


class ConfirmPasswordForm(account_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["password"], PASSWORD)


def _say_code(form: forms.Form, help_text: str) -> None:
    _say(form.fields["code"], "Code", help_text)
    form.fields["code"].widget.attrs.update({"inputmode": "numeric", "autocomplete": "one-time-code"})


class CodeForm(factor_forms.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, f"{CODE_HELP} Sans votre téléphone, saisissez un code de secours.")


class ConfirmCodeForm(factor_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, f"{CODE_HELP} Sans votre téléphone, saisissez un code de secours.")


class ActivateForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, CODE_HELP)
