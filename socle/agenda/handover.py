"""Handover of its agendas when it leaves: calendars as .ics, address books as .vcf, its bookings."""

from __future__ import annotations

from socle.agenda.contract import store
from socle.agenda.models import AddressBook, Booking, Calendar
from socle.lib.archives import Shelf
from socle.lib.dates import PARIS
from socle.lib.text import slug
from socle.people.models import Beneficiary


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Fill the part of the agendas and of the contacts, those of each person included, which are the mairie's."""
    for calendar in Calendar.objects.select_related("owner"):
        folder = "agendas" if calendar.owner is None else f"agendas personnels/{slug(calendar.owner.name)}"
        text = store().whole(beneficiary.pk, calendar.slug)
        if text:
            shelf.add(f"{folder}/{slug(calendar.name) or calendar.slug}.ics", text)
        else:
            shelf.note(f"L’agenda « {calendar.name} » n’a pas pu être lu : ses fichiers manquent.")
    for book in AddressBook.objects.select_related("owner"):
        folder = "contacts" if book.owner is None else f"contacts personnels/{slug(book.owner.name)}"
        if store().has(beneficiary.pk, book.slug):
            shelf.add(f"{folder}/{slug(book.name) or book.slug}.vcf", store().whole(beneficiary.pk, book.slug))
        else:
            shelf.note(f"Le carnet « {book.name} » n’a pas pu être lu : ses fichiers manquent.")
    bookings = Booking.objects.select_related("venue")
    if bookings.exists():
        header = ("salle", "objet", "pour qui", "contact", "début", "fin de la dernière fois", "fois", "état")
        rows = (
            (
                one.venue.name,
                one.purpose,
                one.for_whom,
                one.contact,
                one.starts_at.astimezone(PARIS).isoformat(timespec="minutes"),
                one.ends_at.astimezone(PARIS).isoformat(timespec="minutes"),
                one.times,
                one.get_status_display(),
            )
            for one in bookings.iterator(chunk_size=500)
        )
        shelf.table("salles/reservations.csv", header, rows)
