"""What the platform writes to people about their accounts, besides what sign-in itself sends."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from socle.people.models import User


def write_invitation(user: User) -> None:
    """Tell a person that an account is open for them and how to choose a password. The link carries no secret."""
    said = {
        "user": user,
        "sign_in_url": f"{settings.PLATFORM_URL}{reverse('account_login')}",
        "password_url": f"{settings.PLATFORM_URL}{reverse('account_reset_password')}",
    }
    send_mail("Votre compte Socle est ouvert", render_to_string("people/invitation.txt", said), None, [user.email])
