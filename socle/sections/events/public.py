"""The agenda of a site as calendars, to which phones subscribe."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from socle.lib.dates import day_of
from socle.sections.events.models import EventPage, events_to_come
from socle.sites.calendars import calendar_of
from socle.sites.models.sites import WebSite
from socle.sites.occurrences import Announced
from socle.sites.public import of_place_of, website_of
from socle.sites.publishing.reads import depend_on


def _calendar(website: WebSite, events: Iterable[Announced]) -> HttpResponse:
    content = calendar_of(website, events, name=f"Agenda {of_place_of(website)}")
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


def agenda(request: HttpRequest) -> HttpResponse:
    """Give what is to come as a calendar, to which an agenda subscribes."""
    website = website_of(request)
    return _calendar(website, events_to_come(website.root_page, on=day_of(timezone.now())))


def event_calendar(request: HttpRequest, event_id: int) -> HttpResponse:
    """Give one event of this site as a calendar. Raises Http404 for another's, or for a draft."""
    website = website_of(request)
    own = EventPage.objects.descendant_of(website.root_page).live()
    depend_on(f"page:{event_id}", "events")
    return _calendar(website, [get_object_or_404(own, pk=event_id)])
