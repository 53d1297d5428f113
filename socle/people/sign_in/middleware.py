"""Before any page: is this session still good, and was it opened as the person's role demands?"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from socle.lib.dates import day_of
from socle.people.models import User
from socle.people.sign_in import factors, sessions

Next = Callable[[HttpRequest], HttpResponse]


class SessionsSeen:
    """Keep when each session was last seen, and end it for good when its day is over, however busy it is."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now, former = timezone.now(), request.session.session_key
        # What is written in a session puts its end off: only its age says when its day is over.
        if reason := sessions.why_over(request, at=now):
            logout(request)
            messages.info(request, reason)
        if isinstance(request.user, User):
            sessions.note_seen(request, at=now)
        response = self.get_response(request)
        if sessions.SEEN in request.session and request.session.session_key != former:
            sessions.follow_key(request, former, at=now)
        return response


class SecondFactorFirst:
    """Send whoever must have a second factor, and has none, to its set-up before any page that is not everybody's.

    Whoever has one was asked for it at sign-in: no session is opened without it. The list is of what stays open, so
    that a door added tomorrow is closed from its first day. At the machines' door a session opens nothing.
    """

    OPEN = ("/compte/", "/api/", "/entrer/", "/demonstration/", "/accessibilite/", "/mentions-legales/", "/ui/")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.path != "/"
            and not request.path.startswith(self.OPEN)
            and isinstance(request.user, User)
            and (reason := factors.why_not_satisfied(request, request.user, on=day_of(timezone.now())))
        ):
            messages.info(request, reason)
            return redirect("mfa_index")
        return self.get_response(request)
