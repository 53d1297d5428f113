"""The agenda of a mairie, for those without a program: a month, a week, an event read, made, changed, removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agenda import events, reading, rules
from socle.agenda.access import Reach
from socle.agenda.contract import Kept
from socle.agenda.models import Calendar, Kind
from socle.agenda.presenters import when_of
from socle.agenda.reading import Broken, Guest, Occurrence, Said
from socle.agenda.writing import Rhythm, is_ours, rhythm_of
from socle.lib.dates import PARIS, day_of, weekday_in_words
from socle.lib.refusals import Refused
from socle.mairie.access import person
from socle.mairie.agenda import access, shapes
from socle.mairie.agenda.access import agenda_gesture, agenda_view, calendar_or_404, removed_or_404, say_removed
from socle.mairie.agenda.forms import EventForm, initial_day
from socle.ui.shapes import Fact, Link
from socle.ui.submit import refusal_shown_in

ANSWERS = {"ACCEPTED": "viendra", "DECLINED": "ne viendra pas", "TENTATIVE": "viendra peut-être"}


def _chosen(request: HttpRequest, reach: Reach) -> tuple[list[Calendar], str]:
    """The calendars asked, all of them unless some are; and what an address repeats of that choice."""
    asked = set(request.GET.getlist("agenda"))
    chosen = [one for one in reach.calendars.values() if str(one.pk) in asked] or list(reach.calendars.values())
    kept = urlencode([("agenda", one.pk) for one in chosen]) if len(chosen) < len(reach.calendars) else ""
    return chosen, f"&{kept}" if kept else ""


@agenda_view
def month(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Show a month, whole weeks from Monday; on a phone, the days that hold something."""
    today = day_of(timezone.now())
    period = shapes.month_of(request.GET.get("mois", ""), today=today)
    chosen, kept = _chosen(request, reach)
    days, unread = shapes.fill(period, chosen, reach=reach, today=today)
    context = {
        "period": period,
        "weeks": shapes.weeks_of(days),
        "is_empty": not any(day.lines for day in days),
        **_around(request, reach, chosen, kept, unread),
    }
    return render(request, "mairie/agenda/month.html", context)


@agenda_view
def week(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Show a week, day by day."""
    today = day_of(timezone.now())
    period = shapes.week_of(request.GET.get("jour", ""), today=today)
    chosen, kept = _chosen(request, reach)
    days, unread = shapes.fill(period, chosen, reach=reach, today=today)
    context = {"period": period, "days": days, **_around(request, reach, chosen, kept, unread)}
    return render(request, "mairie/agenda/week.html", context)


def _around(request: HttpRequest, reach: Reach, chosen: list[Calendar], kept: str, unread: int) -> dict[str, object]:
    return {
        "calendars": [(one, one in chosen) for one in reach.calendars.values()],
        "kept": kept,
        "unread": unread,
        "removed": say_removed(request, reach),
        "may_write": bool(reach.writable_calendars),
    }


def _file(calendar: Calendar, href: str) -> tuple[Kept, Said]:
    kept = events.find(calendar, href)
    if kept is None:
        raise Http404("Cet événement n’existe pas, ou n’existe plus.")
    try:
        return kept, reading.said_by(reading.components(kept.text)[0])
    except Broken as broken:
        raise Http404("Cet élément n’est pas un événement que cette page sache lire.") from broken


def _day(request: HttpRequest, said: Said) -> date:
    """The day of the time that is looked at, of a series."""
    first = said.start.astimezone(PARIS).date() if isinstance(said.start, datetime) else said.start
    try:
        return date.fromisoformat(request.GET.get("le", "") or request.POST.get("le", ""))
    except ValueError:
        return first


def _time_on(kept: Kept, day: date) -> Occurrence | None:
    try:
        return reading.time_on(kept.text, day)
    except Broken:
        return None


@agenda_view
def show(request: HttpRequest, reach: Reach, calendar_id: int, href: str) -> HttpResponse:
    """Show one event."""
    calendar = calendar_or_404(reach, calendar_id)
    kept, said = _file(calendar, href)
    on = _day(request, said)
    why_not = rules.why_not_write(calendar, reach=reach)
    this = _time_on(kept, on)
    shown = replace(this.said, rule="") if this is not None else said
    facts = [
        Fact("Quand", _capitalised(when_of(said))),
        *([Fact("Cette fois", _capitalised(when_of(shown)))] if this is not None else []),
        *([Fact("Où", shown.place)] if shown.place else []),
        Fact("Agenda", calendar.name),
    ]
    context = {
        "calendar": calendar,
        "kept": kept,
        "said": shown,
        "is_series": bool(said.rule),
        "is_one_time": this is not None,
        "on": on,
        "facts": facts,
        "why_not": why_not,
        "is_venue": calendar.kind == Kind.VENUE,
        "guests": _answers(said, shown),
        "is_programs": bool(said.guests) and not is_ours(kept.text),
        "why_not_invite": events.why_not_invite(calendar, kept.text, reach=reach, at=timezone.now()),
        "crumbs": [Link("Agenda", reverse("mairie:agenda")), Link(shown.title)],
    }
    return render(request, "mairie/agenda/event.html", context)


def _capitalised(words: str) -> str:
    return words[0].upper() + words[1:]


def _answers(said: Said, shown: Said) -> list[tuple[Guest, str]]:
    """Who is invited, and what they answered to all times of a series, or to the one that is shown."""
    always = {guest.email: guest.answer for guest in said.guests}
    return [
        (
            guest,
            ANSWERS.get(guest.answer, "n’a pas répondu")
            + (" cette fois" if guest.answer in ANSWERS and guest.answer != always.get(guest.email) else ""),
        )
        for guest in shown.guests
    ]


@agenda_view
def add(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Make an event."""
    calendars = reach.writable_calendars
    if not calendars:
        raise Refused("Vous lisez ces agendas sans pouvoir y écrire : demandez ce droit à la mairie.")
    if request.method == "POST":
        form = EventForm(request.POST, calendars=calendars)
        if form.is_valid():
            calendar = calendar_or_404(reach, form.cleaned_data["calendar"])
            with refusal_shown_in(form):
                kept = events.write_event(calendar, form.wanted(), by=person(request), at=timezone.now())
                messages.success(request, f"« {form.wanted().title} » est dans l’agenda.{_told(form)}")
                return redirect("mairie:event", calendar.pk, kept.href)
    else:
        on = initial_day(request.GET.get("jour", ""), today=day_of(timezone.now()))
        form = EventForm(calendars=calendars, initial={"first_day": on, "calendar": calendars[0].pk})
    context = {"form": form, "crumbs": [Link("Agenda", reverse("mairie:agenda")), Link("Ajouter un événement")]}
    return render(request, "mairie/agenda/event_form.html", context, status=422 if form.errors else 200)


def _told(form: EventForm) -> str:
    return " Les personnes invitées reçoivent un courriel." if form.cleaned_data["guests"] else ""


@agenda_view
def change(request: HttpRequest, reach: Reach, calendar_id: int, href: str) -> HttpResponse:
    """Change an event, if nobody else has meanwhile."""
    calendar = calendar_or_404(reach, calendar_id)
    kept, said = _file(calendar, href)
    if sentence := rules.why_not_write(calendar, reach=reach):
        raise Refused(sentence)
    keeps = rhythm_of(said)[0] == Rhythm.OTHER
    form = EventForm(
        request.POST if request.method == "POST" else None,
        calendars=[calendar],
        keeps_rhythm=keeps,
        initial=_initial(calendar, said),
    )
    if form.is_bound and form.is_valid():
        by, at = person(request), timezone.now()
        with refusal_shown_in(form):
            # The form compared what was shown with what is kept; a program may still write before this does.
            events.change_event(calendar, href, form.wanted(), etag=kept.etag, by=by, at=at)
            messages.success(request, f"« {form.wanted().title} » est changé.{_told(form)}")
            return redirect("mairie:event", calendar.pk, href)
    context = {
        "form": form,
        "said": said,
        "is_series": bool(said.rule),
        "crumbs": [Link("Agenda", reverse("mairie:agenda")), Link(said.title), Link("Changer")],
    }
    return render(request, "mairie/agenda/event_form.html", context, status=422 if form.errors else 200)


def _initial(calendar: Calendar, said: Said) -> dict[str, object]:
    rhythm, until = rhythm_of(said)
    start, end = said.start, said.end
    given: dict[str, object] = {
        "title": said.title,
        "calendar": calendar.pk,
        "place": said.place,
        "words": said.words,
        "rhythm": rhythm,
        "until": until,
        "is_private": said.is_private,
        "guests": "\n".join(guest.email for guest in said.guests),
    }
    if isinstance(start, datetime) and isinstance(end, datetime):
        first, last = start.astimezone(PARIS), end.astimezone(PARIS)
        given |= {"first_day": first.date(), "start_time": first.time(), "end_time": last.time()}
        given["last_day"] = last.date() if last.date() != first.date() else None
    else:
        last_day = end - timedelta(days=1)
        given |= {"first_day": start, "last_day": last_day if last_day > start else None}
    return given


@agenda_gesture
def remove(request: HttpRequest, reach: Reach, calendar_id: int, href: str) -> HttpResponse:
    """Remove an event; the page that follows offers to put it back."""
    calendar = calendar_or_404(reach, calendar_id)
    etag, by, at = request.POST.get("version") or None, person(request), timezone.now()
    return access.removed(
        request, lambda: events.remove_event(calendar, href, etag=etag, by=by, at=at), back="mairie:agenda"
    )


@agenda_gesture
def invite(request: HttpRequest, reach: Reach, calendar_id: int, href: str) -> HttpResponse:
    """Tell the guests of an event that a program wrote."""
    calendar = calendar_or_404(reach, calendar_id)
    etag = request.POST.get("version") or None
    events.invite(calendar, href, etag=etag, by=person(request), at=timezone.now())
    messages.success(request, "Les personnes invitées reçoivent un courriel, avec un lien pour répondre.")
    return redirect("mairie:event", calendar.pk, href)


@agenda_gesture
def skip(request: HttpRequest, reach: Reach, calendar_id: int, href: str) -> HttpResponse:
    """Take one time out of a series."""
    calendar = calendar_or_404(reach, calendar_id)
    kept, said = _file(calendar, href)
    on = _day(request, said)
    events.skip_time(calendar, href, on, etag=kept.etag, by=person(request), at=timezone.now())
    told = " Les personnes invitées reçoivent un courriel." if said.guests else ""
    messages.success(
        request, f"« {said.title} » n’a plus lieu le {weekday_in_words(on)} ; les autres fois restent.{told}"
    )
    return redirect("mairie:agenda")


@agenda_gesture
def restore(request: HttpRequest, reach: Reach, removed_id: int) -> HttpResponse:
    """Put back what was removed."""
    removed = removed_or_404(reach, removed_id)
    to = "mairie:agenda" if removed.calendar_id else "mairie:contacts"
    try:
        events.restore(removed, by=person(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(to)
    messages.success(request, "C’est rétabli.")
    return redirect(to)
