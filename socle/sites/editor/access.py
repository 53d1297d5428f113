"""Access of the editor's screens: the site that is edited, who acts; one action is called, and its result said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import RedirectView
from wagtail.admin.auth import require_admin_access

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


def done(request: HttpRequest, form: forms.BaseForm, act: Callable[..., Any], said: str) -> bool:
    """Do what a form asks once it is sent and valid, and say so; what the rule refuses is said on the form.

    `act` is called with who acts and when, and reads the form.
    """
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act(by=author_of(request), at=timezone.now())
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return False
    messages.success(request, said)
    return True


def gesture(model: type[Model], act: Callable[..., Any], *, said: str, back: str) -> Callable[..., HttpResponse]:
    """Return the view of one gesture on one row of the site, which its address names."""

    @require_admin_access
    @require_POST
    def view(request: HttpRequest, **number: int) -> HttpResponse:
        (pk,) = number.values()
        row = get_object_or_404(model, pk=pk, website=website_of(request))
        return do(request, act, row, said=said, back=back)

    return view


def moved(to: str) -> Callable[..., HttpResponseBase]:
    """Return the view of an address whose screen is now elsewhere: it leads there, with what the address said."""
    return RedirectView.as_view(pattern_name=to, query_string=True)
