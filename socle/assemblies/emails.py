"""The convocations that leave by e-mail, each once, with the event for whoever keeps a calendar."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from icalendar import Calendar, Event

from socle.assemblies.models import Convocation, Meeting
from socle.assemblies.papers import words
from socle.lib import dates
from socle.outbox import departures

log = logging.getLogger("socle.assemblies")

# A session lasts as long as it lasts: a calendar wants an end.
LASTS = timedelta(hours=2)


def send_due(*, at: datetime) -> int:
    """Send the convocations that must leave by e-mail; return how many left. One that fails stays due."""
    due = Convocation.objects.filter(left_at=None, way=Convocation.Way.EMAIL, meeting__starts_at__gt=at)
    due = due.filter(meeting__status=Meeting.Status.CONVENED).order_by("pk")
    rows = due.select_related("member", "meeting__assembly__beneficiary", "meeting__assembly__operator")
    sent = 0
    for row in rows:
        try:
            sent += _send(row, at=at)
        except Exception as error:
            # What an error says may hold an address: only its kind is written.
            log.error("convocation %s did not leave: %s", row.pk, type(error).__name__)
    return sent


def _send(row: Convocation, *, at: datetime) -> bool:
    meeting = row.meeting
    context = {
        "member": row.member,
        "meeting": meeting,
        "assembly": meeting.assembly,
        "body": meeting.assembly.body,
        "items": list(meeting.items.all()),
        "summons": words.summons(meeting),
        "repeats": words.repeats(meeting),
        "proxy": words.proxy_offered(meeting.assembly),
        "is_fictitious": settings.DEMO,
    }
    subject = f"Convocation\u00a0: {meeting.assembly.name}, {dates.at_in_words(meeting.starts_at)}"
    text = render_to_string("assemblies/convocation.txt", context)
    key = ("assemblies.convocation", row.pk)
    departures.send_once(key, subject, text, row.member.email, at=at, calendar=("PUBLISH", event_of(meeting, at=at)))
    row.left_at = at
    row.save(update_fields=["left_at"])
    return True


def event_of(meeting: Meeting, *, at: datetime) -> str:
    """Return the session as an event for a calendar (iCalendar)."""
    event = Event()
    event.add("uid", f"seance-{meeting.pk}@socle")
    event.add("dtstamp", at)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.starts_at + LASTS)
    event.add("summary", f"{meeting.assembly.name}, {meeting.assembly.body.name}")
    event.add("location", meeting.place)
    calendar = Calendar()
    calendar.add("prodid", "-//Socle//assemblies//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content.decode()
