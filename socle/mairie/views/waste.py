"""A collection of waste that moves: said on a phone, without the rounds."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from socle.lib.dates import day_of
from socle.mairie.access import person
from socle.mairie.publishing.access import site_view
from socle.mairie.views.notices import on_a_row
from socle.sections.waste import actions
from socle.sections.waste.forms import MoveForm
from socle.sections.waste.models import WasteShift
from socle.sites.models.sites import WebSite
from socle.ui.submit import refusal_shown_in


@site_view
def shift(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Say that a collection moves; see those that do."""
    return _said(request, website, None)


@site_view
def change(request: HttpRequest, website: WebSite, shift_id: int) -> HttpResponse:
    """Correct what is said of a collection."""
    return _said(request, website, get_object_or_404(WasteShift, pk=shift_id, website=website))


def _said(request: HttpRequest, website: WebSite, kept: WasteShift | None) -> HttpResponse:
    now = timezone.now()
    movable = actions.movable(website, on=day_of(now))
    form = MoveForm(request.POST or None, movable=movable, shift=kept)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            row = kept or WasteShift(website=website)
            for name, value in form.wanted().items():
                setattr(row, name, value)
            (actions.change if kept else actions.add)(row, by=person(request), at=now)
            messages.success(request, f"C’est sur le site\u00a0: {row.in_words()}.")
            return redirect("mairie:waste_shift")
    context = {
        "form": form,
        "shift": kept,
        "movable": movable or kept,
        "shifts": WasteShift.objects.filter(website=website, usual_on__gte=day_of(now)),
    }
    return render(request, "mairie/publishing/waste_shift.html", context, status=422 if form.errors else 200)


remove = on_a_row(WasteShift, actions.remove, said="C’est retiré du site.", back="mairie:waste_shift")
