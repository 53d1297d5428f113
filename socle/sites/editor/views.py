"""The screens of the site that are not Wagtail's: where one arrives, the address, the look, the opening."""

from __future__ import annotations

from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.home import HomeView
from wagtail.models import Page

from socle.lib.dates import day_of
from socle.people.acting import opens
from socle.people.capabilities import Capability
from socle.sites import actions, notice, registry
from socle.sites.colours import PAPER, contrast, strong
from socle.sites.editor.access import author_of, do, done, website_of
from socle.sites.editor.forms import (
    LAYOUTS,
    CoatForm,
    FactsForm,
    LookForm,
)
from socle.sites.editor.powers import edited_website
from socle.sites.models.notices import Alert
from socle.sites.models.reviews import Review
from socle.sites.models.sites import Layout, WebSite
from socle.sites.publishing.freezing import request_for
from socle.sites.rules import why_not_look_so, why_not_open
from socle.sites.themes import CHARACTERS


@require_admin_access
def home(request: HttpRequest) -> HttpResponseBase:
    """« Gérer le site »: what is to be done, the pages, the look. Whoever administers the whole has Wagtail's."""
    website = edited_website(request)
    if website is None:
        return HomeView.as_view()(request)
    at = timezone.now()
    pages = Page.objects.descendant_of(website.root_page, inclusive=True)
    first = pages.filter(depth__lte=website.root_page.depth + 1).order_by("depth", "path")
    changed = pages.exclude(latest_revision_created_at=None).order_by("-latest_revision_created_at")
    context = {
        "website": website,
        "may_administer": opens(request, Capability.ADMINISTER),
        "pages": first,
        "changed": changed[:5],
        "reviews": Review.objects.filter(website=website).open().select_related("page", "asked_by", "asked_of"),
        "alerts": Alert.objects.shown(at).filter(website=website),
        "parts": [one.first_screen_part for one in registry.extensions() if one.first_screen_part],
    } | registry.merged(one.screen_context("home", website, at=at) for one in registry.extensions())
    return render(request, "websites/editor/home.html", context)


@require_admin_access
def facts(request: HttpRequest) -> HttpResponse:
    """Correct the address, the phone and the contacts."""
    website = website_of(request)
    form = FactsForm(request.POST or None, website=website, on=day_of(timezone.now()))

    def correct(**who: Any) -> None:
        if changes := {name: form.cleaned_data[name] for name in form.changed_data}:
            actions.correct_facts(website, changes, **who)

    if done(request, form, correct, "Les renseignements sont corrigés sur tout le site."):
        return redirect("website_home")
    return render(request, "websites/editor/facts.html", {"form": form, "website": website})


def _asked(request: HttpRequest, website: WebSite) -> dict[str, Any]:
    """Return the look to show: the site's own, with what the address changes of it when that can be read."""
    asked = {name: request.GET[name] for name in ("layout", "colour", "second_colour", "font") if name in request.GET}
    wanted = {**website.look, **asked}
    return website.look if why_not_look_so(website, wanted) else wanted


def _query(shown: dict[str, Any], **changes: str) -> str:
    wanted = {**shown, **changes}
    return urlencode({name: wanted[name] for name in ("layout", "colour", "second_colour", "font")})


@require_admin_access
def look(request: HttpRequest) -> HttpResponse:
    """Choose how the site looks, having seen its own first page in each layout."""
    website = website_of(request)
    shown = _asked(request, website)
    form = LookForm(request.POST or None, kept=website.look, shown=shown)
    if "see" in request.POST and form.is_valid():
        return redirect(f"{reverse('website_look')}?{_query(form.choices())}")

    def choose(**who: Any) -> None:
        actions.choose_look(website, form.choices(), **who)

    if done(request, form, choose, "Cette apparence est publiée sur tout le site."):
        return redirect("website_look")
    preview = reverse("website_look_preview")
    layouts = [
        {
            "radio": radio,
            "name": radio.choice_label.capitalize(),
            "purpose": LAYOUTS[Layout(radio.data["value"])],
            "preview": f"{preview}?{_query(shown, layout=radio.data['value'])}",
        }
        for radio in form["layout"]
    ]
    readings = [
        {
            "label": label,
            "colour": shown[name],
            "contrast": contrast(shown[name], PAPER),
            "shade": (shade := strong(shown[name])),
            "query": _query(shown, **{name: shade}),
        }
        for name, label in (("colour", "Couleur"), ("second_colour", "Seconde couleur"))
        if shown[name]
    ]
    context = {
        "form": form,
        "website": website,
        "layouts": layouts,
        "characters": CHARACTERS,
        "readings": readings,
        "is_seen": shown != website.look,
        "coat_form": CoatForm(),
    }
    return render(request, "websites/editor/look.html", context)


@require_admin_access
@require_POST
def coat(request: HttpRequest) -> HttpResponse:
    """Put the coat of arms in the head of the site, replace it, or take it away."""
    website = website_of(request)
    if "remove" in request.POST:
        actions.choose_look(website, {"coat_of_arms_id": None}, by=author_of(request), at=timezone.now())
        messages.success(request, "Le blason n’est plus montré. Son image reste parmi les vôtres.")
        return redirect("website_look")
    form = CoatForm(request.POST, request.FILES)
    if form.is_valid():
        actions.take_coat(website, form.cleaned_data["file"], by=author_of(request), at=timezone.now())
        messages.success(request, "Le blason est en tête de chaque page.")
    else:
        for reasons in form.errors.values():
            messages.error(request, " ".join(map(str, reasons)))
    return redirect("website_look")


@require_admin_access
def look_preview(request: HttpRequest) -> HttpResponse:
    """Show the site's own first page as it would look; nothing is published."""
    website = website_of(request)
    shown = copy(website)
    for name, value in _asked(request, website).items():
        setattr(shown, name, value)
    home = website.root_page.specific
    inner = request_for(shown, "/")
    inner.is_preview = True  # type: ignore[attr-defined]
    if "seul" in request.GET:
        inner.preview_back = f"{reverse('website_look')}?{_query(shown.look)}"  # type: ignore[attr-defined]
    page = home.serve(inner)
    page.render()
    return HttpResponse(page.content)


@require_admin_access
def opening(request: HttpRequest) -> HttpResponse:
    """Open the site to search engines, or take that back."""
    website = website_of(request)
    if request.method == "POST":
        act, said = actions.open_site, "Le site est ouvert\u00a0: les moteurs de recherche le montreront d’ici peu."
        if request.POST.get("geste") == "refermer":
            act, said = (
                actions.close_site,
                "Les moteurs de recherche ne montrent plus le site\u00a0; il répond toujours.",
            )
        return do(request, act, website, said=said, back="website_home")
    asked = (one.screen_context("opening", website, at=timezone.now()) for one in registry.extensions())
    refusal = why_not_open(website, notice.lacks(website))
    context = {"website": website, "why_not_open": refusal} | registry.merged(asked)
    return render(request, "websites/editor/opening.html", context)
