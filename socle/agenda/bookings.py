"""Making venues, booking them, accepting, refusing and giving back: from our pages as from a client of CalDAV.

Nobody has a venue twice at once: its row is locked while the hours are looked at, and the database itself refuses a
quarter of an hour held twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django_scopes import scope

from socle.agenda import reading, rules, writing
from socle.agenda.access import Reach
from socle.agenda.actions import COLOURS, give_to_roles, reach_or_refuse
from socle.agenda.contract import CALENDAR, Stale, Unreadable, Writer, store
from socle.agenda.models import HOLDING, Booking, BookingStatus, Calendar, HeldQuarter, Kind, Venue
from socle.agenda.reading import Broken, Occurrence
from socle.agenda.writing import Rhythm, Wanted
from socle.journal import actions as journal
from socle.lib.dates import PARIS
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import write
from socle.people.models import Beneficiary, User

Times = Sequence[tuple[datetime, datetime]]
VENUE_FIELDS = ("name", "place", "capacity", "opens_at", "closes_at", "notice_hours", "approver")


@dataclass(frozen=True)
class Asked:
    """A booking of a venue, as its form was filled."""

    purpose: str
    on: date
    start_time: time
    end_time: time
    for_whom: str = ""
    contact: str = ""
    rhythm: Rhythm = Rhythm.ONCE
    until: date | None = None


@transaction.atomic
def make_venue(beneficiary: Beneficiary, *, by: User, at: datetime, **fields: Any) -> Venue:
    """Make a venue that one books, and its calendar. Raises `Refused`."""
    reach = reach_or_refuse(beneficiary, by=by, at=at)
    refuse(rules.why_not_keep_venues(reach=reach))
    with scope(beneficiary=beneficiary):
        _refuse_same_name(fields["name"], besides=None)
        slug = f"salle-{get_random_string(6, 'abcdefghjkmnpqrstuvwxyz23456789')}"
        calendar = Calendar.objects.create(
            beneficiary=beneficiary, slug=slug, kind=Kind.VENUE, name=fields["name"], colour=COLOURS[3], made_at=at
        )
        give_to_roles([calendar])
        venue = Venue(beneficiary=beneficiary, calendar=calendar, **{name: fields[name] for name in VENUE_FIELDS})
        venue.save(force_insert=True)
        journal.record("room.made", venue, by=by, at=at)
    store().make(beneficiary.pk, slug, tag=CALENDAR, name=venue.name, colour=calendar.colour)
    return venue


def _refuse_same_name(name: str, *, besides: int | None) -> None:
    if Venue.objects.filter(name__iexact=name).exclude(pk=besides or 0).exists():
        raise Refused("Une salle porte déjà ce nom : donnez-lui-en un autre.")


@transaction.atomic
def change_venue(venue: Venue, *, is_closed: bool, by: User, at: datetime, **fields: Any) -> Venue:
    """Change what a venue is, or take it out of what is booked; what was booked stays. Raises `Refused`."""
    reach = reach_or_refuse(venue.beneficiary, by=by, at=at)
    refuse(rules.why_not_keep_venues(reach=reach))
    _refuse_same_name(fields["name"], besides=venue.pk)
    for name in VENUE_FIELDS:
        setattr(venue, name, fields[name])
    venue.closed_at = (venue.closed_at or at) if is_closed else None
    venue.save(update_fields=[*VENUE_FIELDS, "closed_at"])
    venue.calendar.name = venue.name
    venue.calendar.save(update_fields=["name"])
    journal.record("room.changed", venue, by=by, at=at, is_closed=is_closed)
    store().describe(venue.beneficiary_id, venue.calendar.slug, name=venue.name, colour=venue.calendar.colour)
    return venue


def _wanted(venue: Venue, asked: Asked) -> Wanted:
    words = "\n".join(line for line in (asked.for_whom and f"Pour : {asked.for_whom}", asked.contact) if line)
    return Wanted(
        title=asked.purpose,
        first_day=asked.on,
        last_day=asked.on,
        start_time=asked.start_time,
        end_time=asked.end_time,
        place=", ".join(part for part in (venue.name, venue.place) if part),
        words=words,
        rhythm=asked.rhythm,
        until=asked.until,
    )


def times_of(text: str, *, at: datetime) -> list[Occurrence]:
    """The times at which an event would hold a venue, one more than are allowed at most. Raises `Broken`."""
    # Far enough for what comes back each year to be seen, and refused.
    until = at + timedelta(days=1200)
    return reading.occurrences(text, datetime(1990, 1, 1, tzinfo=PARIS), until)[: rules.MOST_TIMES + 1]


def _endless(text: str) -> bool:
    rule = reading.said_by(reading.components(text)[0]).rule
    return bool(rule) and "UNTIL=" not in rule and "COUNT=" not in rule


def book(venue: Venue, asked: Asked, *, by: User, at: datetime) -> Booking:
    """Book a venue, once or several times: it holds at once, or waits for whoever agrees. Raises `Refused`."""
    reach = reach_or_refuse(venue.beneficiary, by=by, at=at)
    if asked.rhythm != Rhythm.ONCE and asked.until is None:
        raise Refused("Dites jusqu’à quand la réservation se répète.")
    uid = writing.new_uid()
    text = writing.event_text(_wanted(venue, asked), uid=uid, at=at)
    href = writing.href_of(uid)
    with store().writing(venue.beneficiary_id) as writer, transaction.atomic(), scope(beneficiary=venue.beneficiary):
        booking = hold(
            venue,
            href,
            times_of(text, at=at),
            reach=reach,
            purpose=asked.purpose,
            for_whom=asked.for_whom,
            contact=asked.contact,
            by=by,
            at=at,
        )
        if booking.status == BookingStatus.ASKED:
            text = writing.with_status(text, "TENTATIVE", at=at)
        _keep(writer, venue, href, text, None)
    return booking


def _keep(writer: Writer, venue: Venue, href: str, text: str, etag: str | None) -> None:
    try:
        writer.put(venue.calendar.slug, href, text, etag=etag)
    except (Stale, Unreadable, OSError) as error:
        raise Refused("La réservation n’a pas pu être écrite : rien n’est changé, réessayez.") from error


def hold(
    venue: Venue,
    href: str,
    found: Sequence[Occurrence],
    *,
    reach: Reach,
    purpose: str,
    for_whom: str = "",
    contact: str = "",
    by: User,
    at: datetime,
) -> Booking:
    """Book a place at the hours of the event of this file, instead of those it held. Raises `Refused`.

    In a transaction, and alone to write in the place of this beneficiary.
    """
    venue = Venue.objects.select_for_update(of=("self",)).select_related("calendar").get(pk=venue.pk)
    before: Booking | None = Booking.objects.holding().filter(venue=venue, href=href).first()
    times = [(one.start, one.end) for one in found]
    refuse(rules.why_not_book(venue, times, reach=reach, at=at, besides=before.pk if before else None))
    role = venue.approver_role
    needs_answer = role is not None and (reach.is_helper or role not in reach.roles)
    booking = before or Booking(beneficiary_id=venue.beneficiary_id, venue=venue, href=href, asked_by=by, asked_at=at)
    is_same = before is not None and (before.starts_at, before.ends_at, before.times) == _extent(times)
    booking.starts_at, booking.ends_at, booking.times = _extent(times)
    booking.purpose = purpose[:200]
    if before is None:
        booking.for_whom, booking.contact = for_whom, contact
    if not is_same:
        # Other hours are another question to whoever agrees.
        booking.status = BookingStatus.ASKED if needs_answer else BookingStatus.CONFIRMED
        booking.decided_by, booking.decided_at = (None, None) if needs_answer else (by, at)
    write(booking, ["purpose", "starts_at", "ends_at", "times", "status", "decided_by", "decided_at"])
    _hold_quarters(booking, times)
    is_asked = booking.status == BookingStatus.ASKED
    verb = "booking.changed" if before is not None else "booking.asked" if is_asked else "booking.made"
    journal.record(verb, booking, by=by, at=at, room=venue.pk)
    return booking


def _extent(times: Times) -> tuple[datetime, datetime, int]:
    return min(start for start, _ in times), max(end for _, end in times), len(times)


def _hold_quarters(booking: Booking, times: Times) -> None:
    HeldQuarter.objects.filter(booking=booking).delete()
    quarters = [
        HeldQuarter(venue_id=booking.venue_id, booking=booking, starts_at=quarter)
        for start, end in times
        for quarter in rules.quarters_of(start, end)
    ]
    try:
        with transaction.atomic():
            HeldQuarter.objects.bulk_create(quarters, batch_size=200)
    except IntegrityError as error:
        when = "à ces heures"
        raise Refused(rules.TAKEN.format(when=when)) from error


def _decide(booking: Booking, status: BookingStatus, *, word: str, by: User, at: datetime) -> Booking:
    reach = reach_or_refuse(booking.beneficiary, by=by, at=at)
    with (
        store().writing(booking.beneficiary_id) as writer,
        transaction.atomic(),
        scope(beneficiary=booking.beneficiary),
    ):
        again = Booking.objects.select_for_update(of=("self",)).select_related("venue__calendar").get(pk=booking.pk)
        rule = rules.why_not_cancel if status == BookingStatus.CANCELLED else rules.why_not_decide
        refuse(rule(again, reach=reach))
        again.status, again.decided_by, again.decided_at = status, by, at
        again.save(update_fields=["status", "decided_by", "decided_at"])
        if status not in HOLDING:
            HeldQuarter.objects.filter(booking=again).delete()
        is_kept, is_refused = status == BookingStatus.CONFIRMED, status == BookingStatus.REFUSED
        verb = "booking.accepted" if is_kept else "booking.refused" if is_refused else "booking.cancelled"
        journal.record(verb, again, by=by, at=at, room=again.venue_id)
        kept = writer.get(again.venue.calendar.slug, again.href)
        if kept is not None:
            if word:
                _keep(writer, again.venue, again.href, writing.with_status(kept.text, word, at=at), kept.etag)
            else:
                writer.remove(again.venue.calendar.slug, again.href, etag=kept.etag)
    return again


def accept(booking: Booking, *, by: User, at: datetime) -> Booking:
    """Accept a booking that waits. Raises `Refused`."""
    return _decide(booking, BookingStatus.CONFIRMED, word="CONFIRMED", by=by, at=at)


def decline(booking: Booking, *, by: User, at: datetime) -> Booking:
    """Refuse a booking that waits: its hours are free again. Raises `Refused`."""
    return _decide(booking, BookingStatus.REFUSED, word="", by=by, at=at)


def cancel(booking: Booking, *, by: User, at: datetime) -> Booking:
    """Cancel a booking: its hours are free again. Raises `Refused`."""
    return _decide(booking, BookingStatus.CANCELLED, word="", by=by, at=at)


# --- From a client of CalDAV -----------------------------------------------------------------------------------------
def hold_by_client(venue: Venue, href: str, text: str, *, reach: Reach, by: User, at: datetime) -> Booking | None:
    """Hold what a client is about to write in the calendar of a venue; the place is locked already. Raises `Refused`.

    What it writes as cancelled holds nothing.
    """
    try:
        found = [one for one in times_of(text, at=at) if not one.said.is_cancelled]
        if _endless(text):
            raise Refused("Une réservation a une fin : dites jusqu’à quand elle se répète.")
        said = reading.said_by(reading.components(text)[0])
    except Broken as broken:
        raise Refused("Cette réservation ne se lit pas : vérifiez ses dates.") from broken
    with transaction.atomic(), scope(beneficiary=reach.beneficiary):
        if said.is_cancelled or not found:
            release_by_client(venue, href, reach=reach, by=by, at=at)
            return None
        return hold(venue, href, found, reach=reach, purpose=said.title, by=by, at=at)


def release_by_client(venue: Venue, href: str, *, reach: Reach, by: User, at: datetime) -> None:
    """Cancel the booking of an event that a client removes. Raises `Refused`."""
    with transaction.atomic(), scope(beneficiary=reach.beneficiary):
        booking = Booking.objects.filter(venue=venue, href=href).holding().select_related("venue__calendar").first()
        if booking is None:
            return
        refuse(rules.why_not_cancel(booking, reach=reach))
        booking.status, booking.decided_by, booking.decided_at = BookingStatus.CANCELLED, by, at
        booking.save(update_fields=["status", "decided_by", "decided_at"])
        HeldQuarter.objects.filter(booking=booking).delete()
        journal.record("booking.cancelled", booking, by=by, at=at, room=venue.pk)


def waiting_for(reach: Reach) -> Iterable[Booking]:
    """The bookings that wait for the answer of this person."""
    asked = Booking.objects.filter(status=BookingStatus.ASKED).select_related("venue__calendar", "asked_by")
    return [one for one in asked if rules.why_not_decide(one, reach=reach) is None]
