"""The screens of the editor that are not Wagtail's: the week and its exceptions, the address, the alerts, shortcuts."""

from __future__ import annotations

from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.sites import actions, alerts, exceptional_days, registry
from socle.sites.colours import PAPER, contrast, strong
from socle.sites.editor.access import author_of, do, done, website_of
from socle.sites.editor.forms import (
    LAYOUTS,
    AlertForm,
    CoatForm,
    ExceptionalDayForm,
    FactsForm,
    HolidaysForm,
    HoursForm,
    LookForm,
)
from socle.sites.frame import exceptional_words
from socle.sites.holidays import SOURCE
from socle.sites.models import NewsIndexPage
from socle.sites.models.notices import Alert, ExceptionalDay
from socle.sites.models.sites import Layout, WebSite
from socle.sites.publishing.freezing import request_for
from socle.sites.rules import why_not_look_so, why_not_open
from socle.sites.themes import FAMILIES


@require_admin_access
def hours(request: HttpRequest) -> HttpResponse:
    """Correct the week of the mairie, shown everywhere on the site."""
    website = website_of(request)
    form = HoursForm(request.POST or None, facts=website.facts)

    def correct(**who: Any) -> None:
        actions.correct_hours(website, form.openings(), note=form.cleaned_data["note"], **who)

    if done(request, form, correct, "Les horaires sont corrigés sur tout le site."):
        return redirect("wagtailadmin_home")
    return render(request, "websites/editor/hours.html", {"form": form, "website": website})


@require_admin_access
def facts(request: HttpRequest) -> HttpResponse:
    """Correct the address, the phone and the contacts."""
    website = website_of(request)
    form = FactsForm(request.POST or None, website=website)

    def correct(**who: Any) -> None:
        if changes := {name: form.cleaned_data[name] for name in form.changed_data}:
            actions.correct_facts(website, changes, **who)

    if done(request, form, correct, "Les renseignements sont corrigés sur tout le site."):
        return redirect("wagtailadmin_home")
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
    form = LookForm(request.POST or None, shown=shown)
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
        "families": FAMILIES,
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
        return do(request, act, website, said=said, back="wagtailadmin_home")
    asked = (one.screen_context("opening", website, at=timezone.now()) for one in registry.extensions())
    context = {"website": website, "why_not_open": why_not_open(website)} | registry.merged(asked)
    return render(request, "websites/editor/opening.html", context)


@require_admin_access
def news(request: HttpRequest) -> HttpResponse:
    """Go straight to the form of a new news item."""
    index = NewsIndexPage.objects.child_of(website_of(request).root_page).first()
    if index is None:
        raise Http404("Ce site n’a pas de page d’actualités.")
    return redirect("wagtailadmin_pages:add", "websites", "newspage", index.pk)


def _days_screen(request: HttpRequest, form: ExceptionalDayForm, holidays: HolidaysForm | None = None) -> HttpResponse:
    website = website_of(request)
    now = timezone.now()
    on = day_of(now)
    own = ExceptionalDay.objects.filter(website=website).not_past(on)
    proposed = exceptional_days.holidays_to_announce(website, on=on)
    context = {
        "form": form,
        "website": website,
        "coming": own.kept(),
        "removed": own.filter(removed_at__gte=now - exceptional_days.UNDO),
        "proposed": proposed,
        "holidays": holidays or HolidaysForm(holidays=proposed),
        "source": SOURCE,
    }
    return render(request, "websites/editor/exceptional_days.html", context)


@require_admin_access
def days(request: HttpRequest) -> HttpResponse:
    """Announce a closure, or other hours, shown everywhere hours are; see those that are announced."""
    website = website_of(request)
    form = ExceptionalDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = exceptional_days.announce_day(website, form.wanted(), by=author_of(request), at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            said = exceptional_words(added, is_commune=website.beneficiary.commune is not None)
            messages.success(request, f"C’est annoncé dès maintenant sur tout le site\u00a0: «\u00a0{said}\u00a0».")
            return redirect("website_days")
    return _days_screen(request, form)


@require_admin_access
@require_POST
def holidays(request: HttpRequest) -> HttpResponse:
    """Announce the mairie closed on the public holidays that are chosen."""
    website = website_of(request)
    now = timezone.now()
    form = HolidaysForm(request.POST, holidays=exceptional_days.holidays_to_announce(website, on=day_of(now)))
    if not form.is_valid():
        return _days_screen(request, ExceptionalDayForm(), form)
    added = exceptional_days.close_on_holidays(website, form.cleaned_data["days"], by=author_of(request), at=now)
    messages.success(request, f"Jours fériés annoncés sur tout le site\u00a0: {len(added)}.")
    return redirect("website_days")


@require_admin_access
def alert(request: HttpRequest) -> HttpResponse:
    """Publish an alert above every page of the site; see those that are published."""
    website = website_of(request)
    now = timezone.now()
    form = AlertForm(request.POST or None, at=now)

    def publish(**who: Any) -> None:
        data = form.cleaned_data
        alerts.publish_alert(website, data.pop("words"), **{**data, "starts_at": data["starts_at"] or now}, **who)

    is_later = bool(request.POST.get("starts_at"))
    said = "L’alerte paraîtra à son heure." if is_later else "L’alerte est sur toutes les pages du site."
    if done(request, form, publish, said):
        return redirect("website_alert")
    own = Alert.objects.filter(website=website)
    context = {
        "form": form,
        "website": website,
        "now": now,
        "current": own.filter(withdrawn_at=None, ends_at__gt=now).order_by("starts_at", "pk"),
        "withdrawn": own.filter(withdrawn_at__isnull=False, ends_at__gt=now).order_by("-withdrawn_at")[:10],
        "over": own.filter(withdrawn_at=None, ends_at__lte=now)[:10],
    } | registry.merged(one.screen_context("alerts", website, at=now) for one in registry.extensions())
    return render(request, "websites/editor/alerts.html", context)
