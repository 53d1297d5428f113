"""The calendars of a mairie: their names, their colours, who reads them, how a program follows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agenda import actions, public, rules
from socle.agenda.access import Reach
from socle.agenda.guide import dav_address
from socle.agenda.models import Calendar, CalendarAccess
from socle.lib.refusals import Refused
from socle.mairie.access import person
from socle.mairie.agenda.access import agenda_gesture, agenda_view, calendar_or_404
from socle.mairie.agenda.forms import CalendarForm, SharingForm
from socle.ui.shapes import Fact, Link
from socle.ui.submit import refusal_shown_in


@agenda_view
def show_all(request: HttpRequest, reach: Reach) -> HttpResponse:
    """List the calendars that the person reaches, and how a program follows them."""
    rows = [
        {
            "calendar": one,
            "may_write": reach.writes(one.slug),
            "is_own": reach.owns(one.slug),
            "url": public.address_of(one) if one.is_public else "",
            "may_set": rules.why_not_set(one, reach=reach) is None,
        }
        for one in reach.calendars.values()
    ]
    facts = [Fact("Adresse", dav_address(reach.beneficiary)), Fact("Nom d’utilisateur", person(request).email)]
    return render(request, "mairie/agenda/calendars.html", {"rows": rows, "facts": facts})


@agenda_view
def settings(request: HttpRequest, reach: Reach, calendar_id: int) -> HttpResponse:
    """Show and change what a calendar is."""
    calendar = calendar_or_404(reach, calendar_id)
    if sentence := rules.why_not_set(calendar, reach=reach):
        raise Refused(sentence)
    may_publish = rules.why_not_publish(calendar, reach=reach) is None
    form = CalendarForm(request.POST or None, calendar=calendar, may_publish=may_publish)
    if form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            actions.set_calendar(
                calendar,
                name=given["name"].strip(),
                colour=given["colour"],
                is_public=bool(given.get("is_public")),
                by=person(request),
                at=timezone.now(),
            )
            messages.success(request, "Les réglages sont enregistrés.")
            return redirect("mairie:calendar", calendar.pk)
    return render(
        request,
        "mairie/agenda/calendar.html",
        {**_shown(calendar, reach), "form": form},
        status=422 if form.errors else 200,
    )


def _shown(calendar: Calendar, reach: Reach) -> dict[str, object]:
    return {
        "calendar": calendar,
        "sharing": _sharing(calendar, reach),
        "url": public.address_of(calendar) if calendar.is_public else "",
        "is_shared": CalendarAccess.objects.filter(calendar=calendar).exists(),
        "crumbs": [
            Link("Agenda", reverse("mairie:agenda")),
            Link("Les agendas", reverse("mairie:calendars")),
            Link(calendar.name),
        ],
    }


def _sharing(calendar: Calendar, reach: Reach, data: QueryDict | None = None) -> SharingForm:
    people = actions.members_of(reach.beneficiary, at=timezone.now())
    return SharingForm(data, calendar=calendar, people=people)


@agenda_gesture
def share(request: HttpRequest, reach: Reach, calendar_id: int) -> HttpResponse:
    """Say who reads a calendar."""
    calendar = calendar_or_404(reach, calendar_id)
    form = _sharing(calendar, reach, request.POST)
    if not form.is_valid():
        may_publish = rules.why_not_publish(calendar, reach=reach) is None
        about = CalendarForm(calendar=calendar, may_publish=may_publish)
        context = {**_shown(calendar, reach), "sharing": form, "form": about}
        return render(request, "mairie/agenda/calendar.html", context, status=422 if form.errors else 200)
    actions.share_calendar(calendar, roles=form.roles(), people=form.named(), by=person(request), at=timezone.now())
    messages.success(request, "C’est noté : les programmes et les pages le suivent aussitôt.")
    return redirect("mairie:calendar", calendar.pk)
