"""Extension of the sites by the agenda: its pages, its calendars, the next events on the first page."""

from __future__ import annotations

from typing import Any

from socle.sections.events.demo_data import ensure_events
from socle.sections.events.models import EventIndexPage, EventPage, next_events
from socle.sites.frame import Frame
from socle.sites.models.pages import CommunePage, today
from socle.sites.registry import Section


def home(page: CommunePage, frame: Frame) -> dict[str, Any]:
    """Return the next events; a site without an agenda is asked nothing more."""
    return {"events": next_events(page, on=today(), limit=4)} if "events" in frame.urls else {}


EXTENSION = Section(
    code="agenda",
    package="socle.sections.events",
    editor_urls="socle.sections.events.editor_urls",
    site_urls="socle.sections.events.site_urls",
    unlisted=(EventPage,),
    home_part="websites/parts/home_events.html",
    home=home,
    demo=ensure_events,
    paths=lambda website, *, at: ["/agenda.ics"],
    not_handed_over={"SkippedDay": "in the content of its event"},
    index=EventIndexPage,
    title="Agenda",
    slug="agenda",
    purpose="",
    gesture="Annoncer un événement",
    icon="calendar",
    page=EventPage,
    screen="mairie:publish_event",
    is_offered=False,
)
