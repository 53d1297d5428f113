"""The agenda of a site, opened with its first event: a site is born without it."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction

from socle.people.models import User
from socle.sections.events.models import EventPage
from socle.sections.events.section import EXTENSION
from socle.sites.models.pages import CommunePage
from socle.sites.models.sites import WebSite
from socle.sites.opening import index_of, open_section
from socle.sites.photographs import Photograph
from socle.sites.writing import laid_out, publish_page


def agenda_of(website: WebSite) -> CommunePage | None:
    """Return the agenda of this site, or None when it has none yet."""
    return index_of(website, EXTENSION)


def open_agenda(website: WebSite, *, by: User, at: datetime) -> CommunePage:
    """Give the site its agenda; return the one it has if it has one."""
    return open_section(website, EXTENSION, by=by, at=at)


@transaction.atomic
def publish_event(
    website: WebSite,
    *,
    title: str,
    words: str = "",
    place: str,
    starts_on: date,
    start_time: time | None = None,
    ends_on: date | None = None,
    end_time: time | None = None,
    is_free: bool = False,
    price: str = "",
    contact: str = "",
    photograph: Photograph | None = None,
    shows: str = "",
    by: User,
    at: datetime,
) -> EventPage:
    """Publish an event in the agenda, opened with the first. Raises Refused, ValidationError (`publish_page`)."""
    summary, body = laid_out(words)
    event = EventPage(
        title=title,
        summary=summary,
        body=body,
        place=place,
        starts_on=starts_on,
        start_time=start_time,
        ends_on=ends_on,
        end_time=end_time,
        is_free=is_free,
        price=price,
        contact=contact,
    )
    agenda = open_agenda(website, by=by, at=at)
    return publish_page(agenda, event, photograph=photograph, shows=shows, by=by, at=at)
