"""One rule of access more than the door's: what the person reaches of the calendars of the active beneficiary."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agenda import rules
from socle.agenda.access import Reach, agenda_of, reach_of
from socle.agenda.models import AddressBook, Booking, Calendar, RemovedItem, Venue
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.mairie.access import mairie_view, page_above, person
from socle.people.models import Beneficiary

P = ParamSpec("P")


def removed(request: HttpRequest, act: Callable[[], RemovedItem], *, back: str) -> HttpResponse:
    """Remove something, and lead to the page that offers to put it back; or say there why it stays."""
    try:
        item = act()
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(back)
    return redirect(f"{reverse(back)}?supprime={item.pk}")


def agenda_view(
    view: Callable[Concatenate[HttpRequest, Reach, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view to who reaches the agendas of the active beneficiary; say why when they are closed."""

    @wraps(view)
    def guarded(request: HttpRequest, beneficiary: Beneficiary, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        reach = reach_of(person(request), beneficiary, on=day_of(timezone.now()))
        closed = rules.why_closed(agenda_of(beneficiary))
        if reach is None or closed:
            # What is asked by its number is not there, be it one's own or another's.
            return render(request, "mairie/agenda/closed.html", {"sentence": closed}, status=404 if kwargs else 200)
        return view(request, reach, *args, **kwargs)

    return mairie_view(guarded)


def agenda_gesture(
    view: Callable[Concatenate[HttpRequest, Reach, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view that acts: by POST only."""

    @wraps(view)
    def by_post(request: HttpRequest, reach: Reach, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return redirect(page_above(request))
        return view(request, reach, *args, **kwargs)

    return agenda_view(by_post)


def calendar_or_404(reach: Reach, calendar_id: int) -> Calendar:
    """Return a calendar that the person reads, or answer 404 as for one that does not exist."""
    found = next((one for one in reach.calendars.values() if one.pk == calendar_id), None)
    if found is None:
        raise Http404("Cet agenda n’existe pas, ou ne vous est pas ouvert.")
    found.beneficiary = reach.beneficiary
    return found


def book_or_404(reach: Reach, book_id: int) -> AddressBook:
    """Return an address book that the person reads, or answer 404 as for one that does not exist."""
    found = next((one for one in reach.books.values() if one.pk == book_id), None)
    if found is None:
        raise Http404("Ce carnet n’existe pas, ou ne vous est pas ouvert.")
    found.beneficiary = reach.beneficiary
    return found


def venue_or_404(reach: Reach, venue_id: int) -> Venue:
    """Return a venue of the active beneficiary that the person sees, or answer 404."""
    found = next((one for one in reach.venues.values() if one.pk == venue_id), None)
    if found is None:
        raise Http404("Cette salle n’existe pas, ou n’est pas celle de votre organisme.")
    found.beneficiary = reach.beneficiary
    return found


def booking_or_404(reach: Reach, booking_id: int) -> Booking:
    """Return a booking of a venue that the person sees, or answer 404."""
    found = Booking.objects.filter(pk=booking_id, venue__in=[venue.pk for venue in reach.venues.values()])
    booking = found.select_related("venue__calendar", "beneficiary").first()
    if booking is None:
        raise Http404("Cette réservation n’existe pas, ou n’est pas celle de votre organisme.")
    return booking


def removed_or_404(reach: Reach, removed_id: int) -> RemovedItem:
    """Return what was removed from a place that the person reaches, or answer 404."""
    found = RemovedItem.objects.filter(pk=removed_id).select_related(
        "calendar__beneficiary", "address_book__beneficiary"
    )
    removed = found.first()
    place: Calendar | AddressBook | None = (removed.calendar or removed.address_book) if removed is not None else None
    if removed is None or place is None or not reach.reads(place.slug):
        raise Http404("Cet élément n’existe pas, ou n’est pas celui de votre organisme.")
    return removed


def say_removed(request: HttpRequest, reach: Reach) -> RemovedItem | None:
    """Return the item removed just before, named by the address, so that the page offers to put it back."""
    key = request.GET.get("supprime", "")
    if (pk := whole(key)) is None:
        return None
    try:
        removed = removed_or_404(reach, pk)
    except Http404:
        return None
    return removed if removed.put_back_at is None else None
