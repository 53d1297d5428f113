"""The screens of the editor that are not Wagtail's: the week, the address, the shortcut to a news item."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.lib.refusals import Refused
from socle.people.models import User
from socle.websites import actions
from socle.websites.editor.forms import FactsForm, HoursForm
from socle.websites.editor.powers import edited_website
from socle.websites.models import NewsIndexPage
from socle.websites.models.sites import WebSite


def _website(request: HttpRequest) -> WebSite:
    website = edited_website(request)
    if website is None:
        raise Http404("Un site se corrige au nom d’une mairie.")
    return website


def _author(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


@require_admin_access
def hours(request: HttpRequest) -> HttpResponse:
    """Correct the week of the mairie, shown everywhere on the site."""
    website = _website(request)
    form = HoursForm(request.POST or None, facts=website.facts)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_hours(
                website,
                form.openings(),
                note=form.cleaned_data["note"],
                by=_author(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Les horaires sont corrigés sur tout le site.")
            return redirect("wagtailadmin_home")
    return render(request, "websites/editor/hours.html", {"form": form, "website": website})


@require_admin_access
def facts(request: HttpRequest) -> HttpResponse:
    """Correct the address, the phone, the contacts and the colour."""
    website = _website(request)
    form = FactsForm(request.POST or None, website=website)
    if request.method == "POST" and form.is_valid():
        author, now = _author(request), timezone.now()
        try:
            changes = {name: form.cleaned_data[name] for name in form.changed_data if name != "colour"}
            if changes:
                actions.correct_facts(website, changes, by=author, at=now)
            if form.cleaned_data["colour"] != website.colour:
                actions.choose_colour(website, form.cleaned_data["colour"], by=author, at=now)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Les renseignements sont corrigés sur tout le site.")
            return redirect("wagtailadmin_home")
    return render(request, "websites/editor/facts.html", {"form": form, "website": website})


@require_admin_access
def news(request: HttpRequest) -> HttpResponse:
    """Go straight to the form of a new news item."""
    index = NewsIndexPage.objects.child_of(_website(request).root_page).first()
    if index is None:
        raise Http404("Ce site n’a pas de page d’actualités.")
    return redirect("wagtailadmin_pages:add", "websites", "newspage", index.pk)
