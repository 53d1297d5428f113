"""The venues of a mairie: seen, booked, given back; bookings accepted or not by whoever does."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agenda import bookings, rules
from socle.agenda.access import Reach
from socle.agenda.models import Booking, BookingStatus, Venue
from socle.agenda.presenters import hour
from socle.lib.dates import PARIS, day_of, weekday_in_words
from socle.lib.refusals import Refused
from socle.mairie.access import person
from socle.mairie.agenda import shapes
from socle.mairie.agenda.access import agenda_gesture, agenda_view, booking_or_404, venue_or_404
from socle.mairie.agenda.forms import BookingForm, VenueForm, initial_day
from socle.ui.shapes import Link, Tone
from socle.ui.submit import refusal_shown_in

TONES: dict[str, Tone] = {
    BookingStatus.ASKED: "wait",
    BookingStatus.CONFIRMED: "ok",
    BookingStatus.REFUSED: "danger",
    BookingStatus.CANCELLED: "neutral",
}


def _row(booking: Booking, reach: Reach) -> dict[str, object]:
    start, end = booking.starts_at.astimezone(PARIS), booking.ends_at.astimezone(PARIS)
    when = f"{weekday_in_words(start.date())}, {hour(start)}\u00a0–\u00a0{hour(end)}"
    return {
        "booking": booking,
        "when": when[0].upper() + when[1:],
        "tone": TONES[booking.status],
        "may_decide": rules.why_not_decide(booking, reach=reach) is None,
        "may_cancel": rules.why_not_cancel(booking, reach=reach) is None,
    }


@agenda_view
def show_all(request: HttpRequest, reach: Reach) -> HttpResponse:
    """List the venues, their next bookings, and those that wait for an answer."""
    at = timezone.now()
    rows = [(venue, shapes.next_of(venue, reach=reach, at=at, limit=3)) for venue in reach.venues.values()]
    context = {
        "rows": [row for row in rows if row[0].closed_at is None],
        "closed": [venue for venue, _ in rows if venue.closed_at is not None],
        "waiting": [_row(one, reach) for one in bookings.waiting_for(reach)],
        "may_keep": rules.why_not_keep_venues(reach=reach) is None,
    }
    return render(request, "mairie/agenda/venues.html", context)


@agenda_view
def show(request: HttpRequest, reach: Reach, venue_id: int) -> HttpResponse:
    """Show a venue: a week of it, and its bookings to come."""
    venue = venue_or_404(reach, venue_id)
    at = timezone.now()
    period = shapes.week_of(request.GET.get("jour", ""), today=day_of(at))
    days, _ = shapes.fill(period, [venue.calendar], reach=reach, today=day_of(at))
    found = (
        Booking.objects.filter(venue=venue, ends_at__gte=at)
        .select_related("venue__calendar", "asked_by")
        .order_by("starts_at", "pk")[:100]
    )
    context = {
        "venue": venue,
        "period": period,
        "days": days,
        "rows": [_row(one, reach) for one in found],
        "why_not": None if venue.closed_at is None else f"« {venue.name} » ne se réserve plus.",
        "may_keep": rules.why_not_keep_venues(reach=reach) is None,
        "crumbs": [Link("Salles", reverse("mairie:venues")), Link(venue.name)],
    }
    return render(request, "mairie/agenda/venue.html", context)


@agenda_view
def book(request: HttpRequest, reach: Reach, venue_id: int) -> HttpResponse:
    """Book a venue."""
    venue = venue_or_404(reach, venue_id)
    if request.method == "POST":
        form = BookingForm(request.POST)
        if form.is_valid():
            with refusal_shown_in(form):
                booking = bookings.book(venue, form.asked(), by=person(request), at=timezone.now())
                messages.success(request, _made(booking, venue))
                on: date = form.cleaned_data["on"]
                return redirect(f"{reverse('mairie:venue', args=[venue.pk])}?jour={on.isoformat()}")
    else:
        on = initial_day(request.GET.get("jour", ""), today=day_of(timezone.now()))
        form = BookingForm(initial={"on": on})
    crumbs = [
        Link("Salles", reverse("mairie:venues")),
        Link(venue.name, reverse("mairie:venue", args=[venue.pk])),
        Link("Réserver"),
    ]
    context = {"form": form, "venue": venue, "crumbs": crumbs}
    return render(request, "mairie/agenda/booking_form.html", context, status=422 if form.errors else 200)


def _made(booking: Booking, venue: Venue) -> str:
    times = f" ({booking.times} fois)" if booking.times > 1 else ""
    if booking.status == BookingStatus.ASKED:
        return f"La demande est faite{times} : ces heures sont gardées jusqu’à la réponse de la mairie."
    return f"« {venue.name} » est réservée{times}."


@agenda_view
def add(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Make a venue."""
    if sentence := rules.why_not_keep_venues(reach=reach):
        raise Refused(sentence)
    form = VenueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in bookings.VENUE_FIELDS}
        with refusal_shown_in(form, "name"):
            venue = bookings.make_venue(reach.beneficiary, by=person(request), at=timezone.now(), **given)
            messages.success(request, f"« {venue.name} » se réserve maintenant.")
            return redirect("mairie:venue", venue.pk)
    crumbs = [Link("Salles", reverse("mairie:venues")), Link("Ajouter une salle")]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "mairie/agenda/venue_form.html", context, status=422 if form.errors else 200)


@agenda_view
def change(request: HttpRequest, reach: Reach, venue_id: int) -> HttpResponse:
    """Change a venue, or take it out of what is booked."""
    venue = venue_or_404(reach, venue_id)
    if sentence := rules.why_not_keep_venues(reach=reach):
        raise Refused(sentence)
    initial = {name: getattr(venue, name) for name in bookings.VENUE_FIELDS} | {
        "is_closed": venue.closed_at is not None
    }
    form = VenueForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in bookings.VENUE_FIELDS}
        is_closed = form.cleaned_data["is_closed"]
        with refusal_shown_in(form, "name"):
            bookings.change_venue(venue, is_closed=is_closed, by=person(request), at=timezone.now(), **given)
            messages.success(request, "La salle est changée.")
            return redirect("mairie:venue", venue.pk)
    crumbs = [
        Link("Salles", reverse("mairie:venues")),
        Link(venue.name, reverse("mairie:venue", args=[venue.pk])),
        Link("Changer"),
    ]
    context = {"form": form, "venue": venue, "crumbs": crumbs}
    return render(request, "mairie/agenda/venue_form.html", context, status=422 if form.errors else 200)


@agenda_gesture
def accept(request: HttpRequest, reach: Reach, booking_id: int) -> HttpResponse:
    """Accept a booking."""
    booking = bookings.accept(booking_or_404(reach, booking_id), by=person(request), at=timezone.now())
    messages.success(request, "La réservation est acceptée.")
    return redirect("mairie:venue", booking.venue_id)


@agenda_gesture
def decline(request: HttpRequest, reach: Reach, booking_id: int) -> HttpResponse:
    """Refuse a booking."""
    booking = bookings.decline(booking_or_404(reach, booking_id), by=person(request), at=timezone.now())
    messages.success(request, "La réservation est refusée : ces heures sont libres.")
    return redirect("mairie:venue", booking.venue_id)


@agenda_gesture
def cancel(request: HttpRequest, reach: Reach, booking_id: int) -> HttpResponse:
    """Give the hours of a booking back."""
    booking = bookings.cancel(booking_or_404(reach, booking_id), by=person(request), at=timezone.now())
    messages.success(request, "La réservation est annulée : ces heures sont libres.")
    return redirect("mairie:venue", booking.venue_id)
