"""The screen of the collection of waste: rounds and moved days."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.sections.waste import actions as waste
from socle.sections.waste.forms import RoundForm, ShiftForm, TouchedForm
from socle.sections.waste.models import WasteRound, WasteShift
from socle.sites.editor.access import author_of, do, done, website_of
from socle.sites.holidays import SOURCE
from socle.sites.opening import index_of
from socle.sites.registry import sections
from socle.ui.submit import refusal_shown_in

FORMS: dict[str, Any] = {"tournee": RoundForm, "report": ShiftForm}


def _screen(request: HttpRequest, **forms: Any) -> HttpResponse:
    website = website_of(request)
    on = day_of(timezone.now())
    touched = waste.touched_holidays(website, on=on)
    context = {
        "website": website,
        "page": index_of(website, sections()["dechets"]),
        "forms": {name: forms.get(name) or form() for name, form in FORMS.items()},
        "wrong": next(iter(forms.values()), None),
        "rounds": WasteRound.objects.filter(website=website),
        "shifts": WasteShift.objects.filter(website=website, usual_on__gte=on),
        "touched": TouchedForm(touched=touched),
        "source": SOURCE,
    }
    return render(request, "websites/editor/waste.html", context)


@require_admin_access
def rounds(request: HttpRequest) -> HttpResponse:
    """Show everything that is said of the collection, with what to add to it."""
    return _screen(request)


@require_admin_access
@require_POST
def add(request: HttpRequest, waste_kind: str) -> HttpResponse:
    """Add a round, or a moved day."""
    website = website_of(request)
    if waste_kind not in FORMS:
        raise Http404
    form = FORMS[waste_kind](request.POST)
    form.instance.website = website
    if form.is_valid():
        with refusal_shown_in(form):
            row = waste.add(form.instance, by=author_of(request), at=timezone.now())
            messages.success(request, f"C’est sur le site\u00a0: {row.in_words()}.")
            return redirect("website_waste")
    return _screen(request, **{waste_kind: form})


@require_admin_access
def change(request: HttpRequest, waste_kind: str, waste_pk: int) -> HttpResponse:
    """Correct a round, or a moved day."""
    if waste_kind not in FORMS:
        raise Http404
    row = get_object_or_404(FORMS[waste_kind]._meta.model, pk=waste_pk, website=website_of(request))
    form = FORMS[waste_kind](request.POST or None, instance=row)
    said = row.in_words()

    def keep(**given: Any) -> None:
        waste.change(form.instance, **given)

    if done(request, form, keep, "C’est corrigé sur le site."):
        return redirect("website_waste")
    return render(request, "websites/editor/waste_row.html", {"form": form, "said": said})


@require_admin_access
@require_POST
def holidays(request: HttpRequest) -> HttpResponse:
    """Say what becomes of the collections of the public holidays to come."""
    website = website_of(request)
    now = timezone.now()
    form = TouchedForm(request.POST, touched=waste.touched_holidays(website, on=day_of(now)))
    if not form.is_valid():
        messages.error(request, "Rien n’est enregistré\u00a0: choisissez pour chaque jour une des lignes proposées.")
        return redirect("website_waste")
    try:
        added = waste.shift_holidays(website, form.choices(), by=author_of(request), at=now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"Jours fériés dits sur le site\u00a0: {len(added)}.")
    return redirect("website_waste")


@require_admin_access
@require_POST
def remove(request: HttpRequest, waste_kind: str, waste_pk: int) -> HttpResponse:
    """Take a row off the site."""
    if waste_kind not in FORMS:
        raise Http404
    row = get_object_or_404(FORMS[waste_kind]._meta.model, pk=waste_pk, website=website_of(request))
    return do(request, waste.remove, row, said="C’est retiré du site.", back="website_waste")
