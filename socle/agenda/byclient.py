"""Requests of CalDAV and CardDAV clients: allowed or not, noted, and no venue booked twice.

Called while the place of the beneficiary is locked by whoever keeps the files: nothing here locks it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_scopes import scope

from socle.agenda import bookings, cards, reading, rules
from socle.agenda.access import Reach
from socle.agenda.actions import slug_of
from socle.agenda.contract import CALENDAR
from socle.agenda.events import noted
from socle.agenda.models import COLOUR_PATTERN, SLUG_PATTERN, AddressBook, Calendar, Kind
from socle.agenda.reading import Component
from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse

NAME, COLOURED = "D:displayname", "ICAL:calendar-color"


@dataclass(frozen=True)
class Client:
    """One request of a program, in the name of one person at one beneficiary."""

    reach: Reach
    at: datetime

    def rights(self, slug: str) -> str:
        """Return the rights on this collection: r reads it, w writes in it, D removes it; nothing: it is not there."""
        reach = self.reach
        if reach.reads(slug):
            is_own = reach.owns(slug) and slug != slug_of(reach.person)
            return f"r{'w' if reach.writes(slug) else ''}{'D' if is_own else ''}"
        # A name that nobody has may become one's own.
        return "" if slug in reach.taken or reach.is_helper else "rw"

    def before_write(self, slug: str, href: str, text: str, *, tag: str, events: Sequence[Component]) -> None:
        """Look at what is about to be written, whose events were read; hold the hours of a venue. Raises `Refused`."""
        if tag != CALENDAR:
            refuse(cards.why_not_keep(text))
            return
        refuse(reading.why_not_keep(text, events))
        if (venue := self.reach.venues.get(slug)) is not None:
            if not events:
                raise Refused("L’agenda d’une salle ne garde que des réservations.")
            bookings.hold_by_client(venue, href, text, reach=self.reach, by=self.reach.person, at=self.at)

    def before_remove(self, slug: str, href: str) -> None:
        """Cancel a booking deleted by a client. Raises `Refused`."""
        if (venue := self.reach.venues.get(slug)) is not None:
            bookings.release_by_client(venue, href, reach=self.reach, by=self.reach.person, at=self.at)

    def before_move(self, slug: str, to: str) -> None:
        """Refuse to move a booking: its hours are of one venue. Raises `Refused`."""
        if slug in self.reach.venues or to in self.reach.venues:
            raise Refused("Une réservation ne se déplace pas d’un agenda à l’autre : annulez-la et refaites-la.")

    def make_own(self, slug: str, props: Mapping[str, str], *, is_filled: bool) -> None:
        """Make a calendar or an address book of the person's own. Raises `Refused`."""
        if is_filled:
            raise Refused("Un agenda entier ne se remplace pas d’un coup : importez ses événements un par un.")
        person, place = self.reach.person, self.reach.beneficiary
        if not SLUG_PATTERN.match(slug) or slug in self.reach.taken:
            raise Refused("Ce nom est pris, ou ne peut pas servir d’adresse.")
        name = (props.get(NAME) or slug)[:120]
        with scope(beneficiary=place):
            own = Calendar.objects.filter(owner=person).count() + AddressBook.objects.filter(owner=person).count()
            refuse(rules.why_not_make_own(own))
            if props.get("tag") == CALENDAR:
                Calendar.objects.create(
                    beneficiary=place,
                    slug=slug,
                    name=name,
                    kind=Kind.PERSONAL,
                    owner=person,
                    colour=_colour(props) or "#2a5a85",
                    made_at=self.at,
                )
            else:
                AddressBook.objects.create(beneficiary=place, slug=slug, name=name, owner=person, made_at=self.at)

    def described(self, slug: str, props: Mapping[str, str]) -> None:
        """Note the name and the colour that a client gave to a calendar; those of the mairie keep theirs for others."""
        found: Calendar | AddressBook | None = self.reach.calendars.get(slug) or self.reach.books.get(slug)
        if found is None or found.owner_id != self.reach.person.pk:
            return
        found.name = (props.get(NAME) or found.name)[:120]
        fields = ["name"]
        if isinstance(found, Calendar) and (colour := _colour(props)):
            found.colour = colour
            fields.append("colour")
        found.save(update_fields=fields)

    def dropped(self, slug: str) -> None:
        """Forget a calendar or an address book of the person's own, which its program removed."""
        with scope(beneficiary=self.reach.beneficiary), transaction.atomic():
            Calendar.objects.filter(slug=slug, owner=self.reach.person).delete()
            AddressBook.objects.filter(slug=slug, owner=self.reach.person).delete()

    def noted(self, slug: str, *, is_removed: bool) -> None:
        """Write that something changed, never what; a person's own calendar is nobody else's business."""
        with scope(beneficiary=self.reach.beneficiary), transaction.atomic():
            by, at = self.reach.person, self.at
            if (calendar := self.reach.calendars.get(slug)) is not None:
                noted(calendar, is_removed=is_removed, by=by, at=at)
            elif (book := self.reach.books.get(slug)) is not None and book.owner_id is None:
                journal.record("address_book.written", book, by=by, at=at)


def _colour(props: Mapping[str, str]) -> str:
    # Apple adds the opacity: #1D6A65FF.
    colour = str(props.get(COLOURED, ""))[:7].lower()
    return colour if COLOUR_PATTERN.match(colour) else ""
