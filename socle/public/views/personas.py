"""The fictitious people of a demonstration, and signing in as one of them in one click."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_scopes import scopes_disabled

from socle.lib.dates import day_of
from socle.lib.text import whole
from socle.people import rules
from socle.people.models import User
from socle.people.personas import cast
from socle.people.sign_in import sessions
from socle.sites.models import WebSite


def show(request: HttpRequest) -> HttpResponse:
    """Show who can be played. There is no such page outside a demonstration."""
    if not settings.DEMO:
        raise Http404
    with scopes_disabled():  # The site of a demonstration that is filled first (operations/demo_steps.py).
        furnished = frozenset(WebSite.objects.order_by("pk").values_list("beneficiary_id", flat=True)[:1])
    groups = cast(on=day_of(timezone.now()), furnished=furnished)
    return render(request, "public/personas.html", {"groups": groups})


@require_POST
def play(request: HttpRequest) -> HttpResponse:
    """Sign in as a fictitious person, when the rule lets it."""
    if not settings.DEMO:
        raise Http404
    user = get_object_or_404(User, pk=whole(request.POST.get("person", "")))
    if why_not := rules.why_not_play(user):
        messages.error(request, why_not)
        return redirect("personas")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    sessions.note_opened(request, user, at=timezone.now())
    messages.success(request, f"Vous jouez {user.name}.")
    return redirect("my_door")
