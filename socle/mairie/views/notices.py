"""The hours of the mairie and its alerts, as the site says them: the week, the closings, a few words on each page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.mairie.access import person
from socle.mairie.publishing.access import site_view
from socle.mairie.publishing.forms import AlertForm, ExceptionalDayForm, HolidaysForm, HoursForm, ShorterDayForm
from socle.sites import actions, alerts, exceptional_days, registry
from socle.sites.frame import exceptional_words
from socle.sites.holidays import ALSACE_MOSELLE, SOURCE
from socle.sites.models.notices import Alert, ExceptionalDay
from socle.sites.models.sites import WebSite
from socle.ui.submit import refusal_shown_in


@site_view
def hours(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Correct the week of the mairie, shown everywhere on the site."""
    form = HoursForm(request.POST or None, facts=website.facts)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            actions.correct_hours(
                website, form.openings(), note=form.cleaned_data["note"], by=person(request), at=timezone.now()
            )
            messages.success(request, "Les horaires sont corrigés sur tout le site.")
            return redirect("mairie:publish")
    return render(request, "mairie/publishing/hours.html", {"form": form}, status=422 if form.errors else 200)


# --- Closings ---------------------------------------------------------------------------------------------------------
def _closings(
    request: HttpRequest, website: WebSite, form: ExceptionalDayForm, holidays: HolidaysForm | None = None
) -> HttpResponse:
    now = timezone.now()
    on = day_of(now)
    own = ExceptionalDay.objects.filter(website=website).not_past(on)
    proposed = exceptional_days.holidays_to_announce(website, on=on)
    context = {
        "form": form,
        "coming": own.kept(),
        "removed": own.filter(removed_at__gte=now - exceptional_days.UNDO),
        "proposed": proposed,
        "holidays": holidays or HolidaysForm(holidays=proposed),
        "source": SOURCE,
        "has_local_holidays": website.beneficiary.department.code in ALSACE_MOSELLE,
    }
    is_wrong = form.errors or (holidays is not None and holidays.errors)
    return render(request, "mairie/publishing/closings.html", context, status=422 if is_wrong else 200)


def _said(day: ExceptionalDay) -> str:
    return exceptional_words(day, is_commune=day.website.beneficiary.commune is not None)


@site_view
def closings(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Announce a closing, or other hours, shown everywhere hours are; see those that are announced."""
    form = ExceptionalDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            added = exceptional_days.announce_day(website, form.wanted(), by=person(request), at=timezone.now())
            messages.success(request, f"C’est annoncé sur tout le site\u00a0: «\u00a0{_said(added)}\u00a0».")
            return redirect("mairie:closings")
    return _closings(request, website, form)


@site_view
def shorter_day(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Announce that a day opens less than the week says."""
    form = ShorterDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            added = exceptional_days.announce_shorter_day(
                website, **form.cleaned_data, by=person(request), at=timezone.now()
            )
            messages.success(request, f"C’est annoncé sur tout le site\u00a0: «\u00a0{_said(added)}\u00a0».")
            return redirect("mairie:closings")
    template = "mairie/publishing/shorter_day.html"
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


@site_view
def closing(request: HttpRequest, website: WebSite, day_id: int) -> HttpResponse:
    """Change what was announced."""
    day = get_object_or_404(ExceptionalDay, pk=day_id, website=website)
    form = ExceptionalDayForm(request.POST or None, day=day)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            exceptional_days.change_day(day, form.wanted(), by=person(request), at=timezone.now())
            messages.success(request, f"C’est changé sur tout le site\u00a0: «\u00a0{_said(day)}\u00a0».")
            return redirect("mairie:closings")
    context = {"form": form, "day": day}
    return render(request, "mairie/publishing/closing.html", context, status=422 if form.errors else 200)


@site_view
def holidays(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Announce the mairie closed on the public holidays that are chosen."""
    if request.method != "POST":
        return redirect("mairie:closings")
    now = timezone.now()
    form = HolidaysForm(request.POST, holidays=exceptional_days.holidays_to_announce(website, on=day_of(now)))
    if not form.is_valid():
        return _closings(request, website, ExceptionalDayForm(), form)
    added = exceptional_days.close_on_holidays(website, form.cleaned_data["days"], by=person(request), at=now)
    messages.success(request, f"Jours fériés annoncés sur tout le site\u00a0: {len(added)}.")
    return redirect("mairie:closings")


def on_a_row(model: Any, act: Any, *, said: str, back: str) -> Any:
    """Return the view of one gesture on one row of the site, which its address names."""

    @site_view
    def view(request: HttpRequest, website: WebSite, /, **number: int) -> HttpResponse:
        (pk,) = number.values()
        row = get_object_or_404(model, pk=pk, website=website)
        if request.method != "POST":
            return redirect(back)
        try:
            act(row, by=person(request), at=timezone.now())
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, said)
        return redirect(back)

    return view


OFF = "C’est retiré du site. Vous pouvez le remettre, plus bas."
ON = "C’est de nouveau sur le site."
remove_closing = on_a_row(ExceptionalDay, exceptional_days.remove_day, said=OFF, back="mairie:closings")
restore_closing = on_a_row(ExceptionalDay, exceptional_days.restore_day, said=ON, back="mairie:closings")
withdraw_alert = on_a_row(Alert, alerts.withdraw_alert, said=OFF, back="mairie:alerts")
restore_alert = on_a_row(Alert, alerts.restore_alert, said=ON, back="mairie:alerts")


# --- Alerts -----------------------------------------------------------------------------------------------------------
@site_view
def show_alerts(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Publish an alert above every page of the site; see those that are published."""
    now = timezone.now()
    form = AlertForm(request.POST or None, at=now)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        starts_at = data.pop("starts_at") or now
        with refusal_shown_in(form):
            alerts.publish_alert(website, data.pop("words"), **data, starts_at=starts_at, by=person(request), at=now)
            is_later = starts_at > now
            said = "L’alerte paraîtra à son heure." if is_later else "L’alerte est sur toutes les pages du site."
            messages.success(request, said)
            return redirect("mairie:alerts")
    own = Alert.objects.filter(website=website)
    context = {
        "form": form,
        "now": now,
        "current": own.filter(withdrawn_at=None, ends_at__gt=now).order_by("starts_at", "pk"),
        "withdrawn": own.filter(withdrawn_at__isnull=False, ends_at__gt=now).order_by("-withdrawn_at")[:10],
        "over": own.filter(withdrawn_at=None, ends_at__lte=now)[:10],
    } | registry.merged(one.screen_context("alerts", website, at=now) for one in registry.extensions())
    return render(request, "mairie/publishing/alerts.html", context, status=422 if form.errors else 200)


@site_view
def change_alert(request: HttpRequest, website: WebSite, alert_id: int) -> HttpResponse:
    """Correct an alert that is shown, or to come."""
    now, alert = timezone.now(), get_object_or_404(Alert, pk=alert_id, website=website)
    form = AlertForm(request.POST or None, at=now, alert=alert)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        starts_at = data.pop("starts_at") or alert.starts_at
        with refusal_shown_in(form):
            alerts.change_alert(alert, data.pop("words"), **data, starts_at=starts_at, by=person(request), at=now)
            messages.success(request, "L’alerte est corrigée sur le site.")
            return redirect("mairie:alerts")
    context = {"form": form, "alert": alert}
    return render(request, "mairie/publishing/alert.html", context, status=422 if form.errors else 200)
