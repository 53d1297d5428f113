"""The forms of sign-in: django-allauth's own, with our words."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa import app_settings as factor_settings
from allauth.mfa.adapter import get_adapter as factor_adapter
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from fido2.utils import websafe_decode

from socle.people.sign_in.factors import codes_left

EMAIL = "Adresse électronique"
PASSWORD = "Mot de passe"  # noqa: S105 (a label)
PASSWORD_HELP = "Au moins 12 caractères. Une suite de mots qui ne va qu’à vous se retient mieux qu’un mot compliqué."  # noqa: S105
CODE_HELP = "Les 6 chiffres que votre application affiche en ce moment."


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


# Seconds during which a code of an application may be good: its own step, and those tolerated on each side.
CODE_LIVES = factor_settings.TOTP_PERIOD * (2 * factor_settings.TOTP_TOLERANCE + 1)


class _TellsOfARecoveryCode:
    """A code serves once. One of recovery is told to the person: if it was not them, somebody has the sheet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, f"{CODE_HELP} Sans votre téléphone, saisissez un code de secours.")  # type: ignore[arg-type]

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        used: Authenticator = self.authenticator  # type: ignore[attr-defined]
        # The library remembers a code for one step, and takes it for as many as are tolerated (RFC 6238, 5.2: once).
        key = f"totp-used:{used.user_id}:{''.join(filter(str.isdigit, code))}"
        if used.type == Authenticator.Type.TOTP and not cache.add(key, "y", CODE_LIVES):
            raise factor_adapter().validation_error("incorrect_code")
        return code

    def save(self) -> None:
        super().save()  # type: ignore[misc]
        used: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if used.type == Authenticator.Type.RECOVERY_CODES:
            left = codes_left(used.user)
            adapter = get_adapter()
            adapter.send_notification_mail("mfa/email/recovery_code_used", used.user, {"left": left})
            adapter.add_message(
                context.request,
                messages.WARNING,
                message=f"Vous avez utilisé un code de secours : il ne servira plus. Il vous en reste {left}.",
            )


class CodeForm(_TellsOfARecoveryCode, factor_forms.AuthenticateForm):
    pass


class ConfirmCodeForm(_TellsOfARecoveryCode, factor_forms.ReauthenticateForm):
    pass


class ActivateForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, CODE_HELP)


# --- Passkeys ---------------------------------------------------------------------------------------------------------
PASSKEY_NAME = "Nom de cette clé"
PASSKEY_NAME_HELP = "Pour la reconnaître plus tard : « ordinateur de la mairie », « téléphone »."
NOT_CONFIRMED = "Cette clé d’accès n’a pas été reconnue. Recommencez, ou connectez-vous autrement."


class _FromThisPlatform:
    """A passkey answers for a name and those under it: the sites of the communes, which are under ours, are not us."""

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]  # type: ignore[attr-defined]
        if not _is_from_here(credential):
            raise forms.ValidationError(NOT_CONFIRMED)
        theirs = getattr(super(), "clean_credential", None)
        return theirs() if theirs is not None else credential


def _is_from_here(credential: Any) -> bool:
    """Say whether the browser says that this was made on one of the platform's own pages."""
    try:
        said = json.loads(websafe_decode(credential["response"]["clientDataJSON"]))
        host = urlsplit(said["origin"]).hostname or ""
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return False
    return host == urlsplit(settings.PLATFORM_URL).hostname


class AddPasskeyForm(_FromThisPlatform, AddWebAuthnForm):
    """A new passkey: always one that signs in by itself, after a finger, a face or a PIN."""

    # Not a choice: the view always asks for one that signs in by itself.
    passwordless = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["name"], PASSKEY_NAME, PASSKEY_NAME_HELP)
        self.fields["name"].widget.attrs["maxlength"] = 60

    def clean_name(self) -> str:
        return str(super().clean_name())[:60]

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            # What the browser sent is not a passkey: the library only foresees some of the ways.
            raise forms.ValidationError(NOT_CONFIRMED) from error
        return cleaned


class RenamePasskeyForm(EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["name"], PASSKEY_NAME, PASSKEY_NAME_HELP)
        self.fields["name"].widget.attrs["maxlength"] = 60

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()[:60]


class PasskeyForm(_FromThisPlatform, AuthenticateWebAuthnForm):
    pass


class ConfirmPasskeyForm(_FromThisPlatform, ReauthenticateWebAuthnForm):
    pass


class PasskeyLoginForm(_FromThisPlatform, LoginWebAuthnForm):
    pass


# --- One's address ----------------------------------------------------------------------------------------------------
class NewAddressForm(forms.Form):
    email = forms.EmailField(
        label="Nouvelle adresse électronique",
        help_text="Nous y envoyons un lien : l’adresse ne change que lorsque vous l’avez ouvert.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
