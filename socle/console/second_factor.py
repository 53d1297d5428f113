"""The second lock of the console: people of an operator enter with a code besides their password."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from socle.lib.dates import day_of
from socle.people import rules, sign_in
from socle.people.models import User

PREFIX = "/console/"


class SecondFactorFirst:
    """Send whoever must have a second factor, and has none, to its set-up before any page of the console.

    Whoever has one was asked for it at sign-in: no session is opened without it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.path.startswith(PREFIX)
            and isinstance(request.user, User)
            and rules.must_have_second_factor(request.user, on=day_of(timezone.now()))
            and not sign_in.has_second_factor(request.user)
        ):
            messages.info(
                request,
                "Votre fonction demande un second contrôle à la connexion : mettez-le en place, puis vous entrerez.",
            )
            return redirect("mfa_activate_totp")
        return self.get_response(request)
