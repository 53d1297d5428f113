"""Rules: who may do what to a calendar, a venue, a booking, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from socle.agenda.access import Reach
from socle.agenda.models import (
    MOVES,
    Agenda,
    Booking,
    BookingStatus,
    Calendar,
    HeldQuarter,
    Kind,
    Venue,
)
from socle.lib import dates
from socle.people.models import Role

QUARTER = timedelta(minutes=15)
# How far a venue is booked, how long at a time and how often: what a year of a club's evenings needs.
FURTHEST = timedelta(days=550)
LONGEST_BOOKING = timedelta(days=7)
MOST_TIMES = 60
# How many calendars and address books one person makes besides those they are given.
MOST_OWN = 20
# Who accepts, as a sentence says it.
APPROVERS = {
    Role.MAYOR: "le ou la maire",
    Role.SECRETARY: "le secrétariat",
    Role.DEPUTY: "une adjointe ou un adjoint",
    Role.COUNCILLOR: "une élue ou un élu",
    Role.AGENT: "une agente ou un agent",
}
TAKEN = "Cette salle est déjà prise {when} : choisissez une autre heure ou une autre salle."


def why_closed(agenda: Agenda | None) -> str | None:
    """Refuse what needs an open agenda."""
    if agenda is None:
        return "Les agendas de votre organisme ne sont pas encore en service."
    if agenda.suspended_at is not None:
        return "Les agendas de votre organisme sont suspendus : rien n’est effacé, et tout revient à la reprise."
    return None


def why_not_write(calendar: Calendar, *, reach: Reach) -> str | None:
    """Refuse whoever may not write in this calendar."""
    if calendar.kind == Kind.VENUE:
        return "Une salle se réserve : passez par « Salles », qui vérifie qu’elle est libre."
    if not reach.writes(calendar.slug):
        return "Vous lisez cet agenda sans pouvoir y écrire : demandez ce droit à votre maire ou au secrétariat."
    return None


def why_not_invite(calendar: Calendar, *, reach: Reach, guests: int, is_ours: bool, is_over: bool) -> str | None:
    """Refuse to tell from here the guests of an event that a program wrote; what our pages write tells them itself."""
    if sentence := why_not_write(calendar, reach=reach):
        return sentence
    if not guests:
        return "Personne n’est invité à cet événement."
    if is_ours:
        return "Les personnes invitées sont déjà averties d’ici."
    return "Cet événement est passé\u00a0: il n’attend plus personne." if is_over else None


def why_not_set(calendar: Calendar, *, reach: Reach) -> str | None:
    """Refuse whoever may not change the name, the colour and the readers of this calendar."""
    if reach.is_helper:
        return "Une personne qui aide la mairie ne change pas ses agendas : son équipe le fait."
    if calendar.owner_id is not None and calendar.owner_id != reach.person.pk:
        return "Cet agenda est celui d’une autre personne : elle seule en change les réglages."
    if calendar.owner_id is None and not (reach.administers and reach.writes(calendar.slug)):
        return "Vous lisez cet agenda sans pouvoir le régler."
    return None


def why_not_publish(calendar: Calendar, *, reach: Reach) -> str | None:
    """Refuse to show a calendar to everybody."""
    if calendar.owner_id is not None:
        return "Un agenda personnel ne se publie pas : mettez l’événement dans celui de la mairie."
    if calendar.kind == Kind.VENUE:
        return "Les réservations nomment des personnes : cet agenda ne se publie pas."
    return why_not_set(calendar, reach=reach)


def why_not_keep_venues(*, reach: Reach) -> str | None:
    """Refuse whoever may not make or change the venues."""
    if reach.is_helper:
        return "Une personne qui aide la mairie ne change pas ses salles : son équipe le fait."
    return None if reach.administers else "Le secrétariat règle les salles : demandez-le-lui."


def why_not_make_own(count: int) -> str | None:
    """Refuse one more calendar of a person's own."""
    if count >= MOST_OWN:
        return f"Vous avez déjà {MOST_OWN} agendas ou carnets à vous : supprimez-en un d’abord."
    return None


def why_not_book(
    venue: Venue, times: Sequence[tuple[datetime, datetime]], *, reach: Reach, at: datetime, besides: int | None = None
) -> str | None:
    """Refuse a booking: its hours, its notice, its length, then what is taken. `besides` is the one it replaces.

    Called with the venue locked, it is also what keeps two people from having it at once.
    """
    if venue.closed_at is not None:
        return f"« {venue.name} » ne se réserve plus."
    if not reach.writes(venue.calendar.slug):
        return "Vous voyez cette salle sans pouvoir la réserver : demandez-le au secrétariat."
    if not times:
        return "Cette réservation n’a pas d’heure : indiquez quand elle commence et finit."
    if len(times) > MOST_TIMES:
        return f"Une réservation se répète {MOST_TIMES} fois au plus : faites-en une autre pour la suite."
    for start, end in times:
        if sentence := _wrong_time(venue, start, end, at=at):
            return sentence
    return _why_taken(venue, times, besides=besides)


def _wrong_time(venue: Venue, start: datetime, end: datetime, *, at: datetime) -> str | None:
    if end <= start:
        return "Une réservation finit après avoir commencé : vérifiez les heures."
    if not (_is_quarter(start) and _is_quarter(end)):
        return "Une salle se réserve par quarts d’heure : 14 h 00, 14 h 15, 14 h 30 ou 14 h 45."
    if end - start > LONGEST_BOOKING:
        return f"Une salle se réserve {LONGEST_BOOKING.days} jours de suite au plus."
    if start < at - timedelta(days=1):
        return "Cette réservation est déjà passée : vérifiez la date."
    if start > at + FURTHEST:
        return "Cette réservation est dans plus d’un an et demi : c’est trop tôt pour la prendre."
    if venue.notice_hours and start < at + timedelta(hours=venue.notice_hours):
        return f"« {venue.name} » se réserve au moins {_hours(venue.notice_hours)} avant."
    first, last = start.astimezone(dates.PARIS), end.astimezone(dates.PARIS)
    if first.time() < venue.opens_at or last.time() > venue.closes_at or first.date() != last.date():
        opens, closes = f"{venue.opens_at:%H h %M}", f"{venue.closes_at:%H h %M}"
        return f"« {venue.name} » se réserve entre {opens} et {closes}, le même jour."
    return None


def _hours(count: int) -> str:
    if count % 24 == 0:
        return "un jour" if count == 24 else f"{count // 24} jours"
    return "une heure" if count == 1 else f"{count} heures"


def _is_quarter(at: datetime) -> bool:
    return at.minute % 15 == 0 and at.second == 0 and at.microsecond == 0


def quarters_of(start: datetime, end: datetime) -> list[datetime]:
    """Return the quarters of an hour that a booking holds."""
    count = int((end - start) / QUARTER)
    return [start + index * QUARTER for index in range(count)]


def _why_taken(venue: Venue, times: Sequence[tuple[datetime, datetime]], *, besides: int | None) -> str | None:
    first, last = min(start for start, _ in times), max(end for _, end in times)
    held = HeldQuarter.objects.filter(venue=venue, starts_at__gte=first, starts_at__lt=last).exclude(booking=besides)
    taken = set(held.values_list("starts_at", flat=True))
    seen: set[datetime] = set()
    for start, end in times:
        quarters = quarters_of(start, end)
        if clash := next((one for one in quarters if one in taken), None):
            return TAKEN.format(when=f"le {dates.at_in_words(clash)}")
        if seen.intersection(quarters):
            return "Cette réservation recommencerait avant d’avoir fini : vérifiez sa répétition."
        seen.update(quarters)
    return None


def why_not_decide(booking: Booking, *, reach: Reach) -> str | None:
    """Refuse to accept or to refuse a booking."""
    if BookingStatus.CONFIRMED not in MOVES[BookingStatus(booking.status)]:
        return "Cette réservation n’attend plus de réponse."
    role = booking.venue.approver_role
    if reach.is_helper or not (role in reach.roles if role is not None else reach.administers):
        who = APPROVERS.get(role, "le secrétariat") if role is not None else "le secrétariat"
        return f"C’est {who} qui accepte les réservations de « {booking.venue.name} »."
    return None


def why_not_cancel(booking: Booking, *, reach: Reach) -> str | None:
    """Refuse to give the hours of a booking back."""
    if BookingStatus.CANCELLED not in MOVES[BookingStatus(booking.status)]:
        return "Cette réservation ne tient déjà plus."
    if not reach.writes(booking.venue.calendar.slug):
        return "Vous voyez cette salle sans pouvoir y toucher : demandez-le au secrétariat."
    if not reach.administers and booking.asked_by_id != reach.person.pk:
        return "Cette réservation est celle d’une autre personne : elle l’annule, ou le secrétariat."
    return None
