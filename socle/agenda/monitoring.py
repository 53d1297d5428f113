"""Monitoring for the operator: what the calendars hold, what fails, how long their server takes to answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from socle.agenda.contract import CALENDAR, Stale, Unreadable, store
from socle.agenda.models import AddressBook, Agenda, Booking, Calendar, Venue
from socle.lib.text import bytes_in_french, number
from socle.people.devices.models import DevicePassword
from socle.people.models import Beneficiary
from socle.provisioning.contract import EngineError
from socle.provisioning.guides import Figure
from socle.provisioning.monitoring.contract import Own, Seen, Watch
from socle.ui.shapes import Fact

# No beneficiary bears this number: what a trial writes is in a place of its own.
NOBODY = 0
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Socle//essai//FR
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260101T000000Z
DTSTART:20260101T080000Z
DTEND:20260101T090000Z
SUMMARY:Essai de la plateforme
END:VEVENT
END:VCALENDAR
"""
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


class AgendaWatch(Watch):
    """Of the calendars and the contacts."""

    code, label, icon = "agendas", "Agendas et contacts", "calendar"
    tasks = ("socle.agenda.", "socle.engines.radicale.")
    trial = "Toutes les cinq minutes, un événement d’essai est écrit dans un agenda, relu, comparé et effacé."

    def try_it(self) -> None:
        super().try_it()
        uid, where = secrets.token_hex(16), store()
        slug, href = f"essai-{uid}", f"{uid}.ics"
        try:
            where.make(NOBODY, slug, tag=CALENDAR, name="Essai")
            try:
                with where.writing(NOBODY) as writer:
                    writer.put(slug, href, EVENT.format(uid=uid), etag=None)
                kept = where.find(NOBODY, slug, href)
                if kept is None or uid not in kept.text:
                    raise EngineError("L’événement d’essai, écrit, ne se retrouve pas.")
            finally:
                where.drop(NOBODY, slug)
        except (OSError, Stale, Unreadable) as error:
            raise EngineError("L’événement d’essai n’a pas pu être écrit.") from error

    def see(self, *, at: datetime) -> Seen:
        open_ones = Agenda.objects.filter(suspended_at=None).count()
        devices = _devices(at)
        coming = Booking.objects.holding().filter(ends_at__gte=at, starts_at__lt=at + A_WEEK).count()
        return Seen(
            facts=(
                Fact("Mairies servies", number(open_ones)),
                Fact("Agendas", number(Calendar.objects.count())),
                Fact("Carnets d’adresses", number(AddressBook.objects.count())),
                Fact("Salles", number(Venue.objects.filter(closed_at=None).count())),
                Fact("Réservations des sept jours à venir", number(coming)),
                Fact("Appareils vus depuis un jour", number(devices)),
            ),
            unmeasured=(
                "Le débit des demandes n’est pas mesuré ici : un outil de mesure le tire de /-/metrics "
                "(socle_requests).",
            ),
        )

    def see_own(self, beneficiary: Beneficiary, *, at: datetime) -> Own:
        if not Agenda.objects.filter(beneficiary=beneficiary).exists():
            return Own()
        weight = store().weigh(beneficiary.pk)
        return Own(
            facts=(
                Fact("Agendas", number(Calendar.objects.filter(beneficiary=beneficiary).count())),
                Fact("Salles", number(Venue.objects.filter(beneficiary=beneficiary, closed_at=None).count())),
                Fact("Dernière écriture", weight.changed_at or "aucune"),
            ),
            figure=Figure("Place occupée", f"{bytes_in_french(weight.size)}, {number(weight.files)} fichiers"),
        )

    def taken(self) -> Mapping[int, int]:
        return {pk: store().weigh(pk).size for pk in Agenda.objects.values_list("beneficiary", flat=True)}


def _devices(at: datetime) -> int:
    """The devices of the people of the beneficiaries in scope that asked for a calendar within a day."""
    served = Agenda.objects.values("beneficiary")
    seen = DevicePassword.objects.live().filter(opens_agenda=True, used_at__gte=at - A_DAY)
    return seen.filter(user__memberships__beneficiary__in=served).distinct().count()
