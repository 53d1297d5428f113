"""Public calendars of a beneficiary, as a feed and as its site shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django_scopes import scope
from icalendar import Event as IEvent

from socle.agenda import reading, writing
from socle.agenda.contract import store
from socle.agenda.models import Calendar
from socle.agenda.reading import Broken, Occurrence
from socle.people.models import Beneficiary

# What leaves: never who is invited, nor what a program added for itself.
SHOWN = (
    *("UID", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"),
    *("SUMMARY", "LOCATION", "DESCRIPTION", "STATUS", "SEQUENCE", "LAST-MODIFIED"),
)


def public_calendars(beneficiary: Beneficiary) -> list[Calendar]:
    """The calendars that a beneficiary shows to everybody; none while its agendas are closed. One query."""
    with scope(beneficiary=beneficiary):
        return list(Calendar.objects.filter(is_public=True, beneficiary__agenda__suspended_at__isnull=True))


def address_of(calendar: Calendar) -> str:
    """Return the public address of a calendar."""
    return f"{settings.PLATFORM_URL}{reverse('public_calendar', args=[calendar.beneficiary_id, calendar.slug])}"


def feed(calendar: Calendar) -> bytes:
    """Write a public calendar as others subscribe to it: private events left out, and guests of the others."""
    texts = [text for kept in store().read(calendar.beneficiary_id, calendar.slug) if (text := _shown(kept.text))]
    return writing.gathered(texts, name=f"{calendar.name} – {calendar.beneficiary.name}")


def _shown(text: str) -> str:
    try:
        parts = reading.components(text)
        said = [reading.said_by(part) for part in parts]
    except Broken:
        return ""
    if any(one.is_private for one in said):
        return ""
    kept = []
    for part in parts:
        event = IEvent()
        for name in SHOWN:
            if (value := part.get(name)) is not None:
                event[name] = value
        kept.append(event)
    return writing.whole_of(kept, like=text)


def occurrences_of(
    beneficiary: Beneficiary, *, start: datetime, end: datetime
) -> Iterator[tuple[Calendar, Occurrence]]:
    """Return the public events of a beneficiary in this period, in no order, private and cancelled ones left out."""
    for calendar in public_calendars(beneficiary):
        found, _ = reading.between(store().read(beneficiary.pk, calendar.slug, start=start, end=end), start, end)
        for one in found:
            if not (one.said.is_private or one.said.is_cancelled):
                yield calendar, one
