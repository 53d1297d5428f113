"""Access of the editor's screens: the site that is edited, who acts; one action is called, and its result said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from socle.lib.refusals import Refused
from socle.people.models import User
from socle.sites.editor.powers import edited_website
from socle.sites.models.sites import WebSite


def website_of(request: HttpRequest) -> WebSite:
    """Return the site being edited. Raises Http404 outside the editor."""
    website = edited_website(request)
    if website is None:
        raise Http404("Un site se corrige au nom d’une mairie.")
    return website


def author_of(request: HttpRequest) -> User:
    """Return who acts."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def do(request: HttpRequest, act: Callable[..., Any], *things: Any, said: str, back: str, **given: Any) -> HttpResponse:
    """Do one gesture; say that it is done, or why it is not; go back to the screen it was asked from."""
    try:
        act(*things, by=author_of(request), at=timezone.now(), **given)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, said)
    return redirect(back)
