"""Data of a site for other programs: its agenda as calendars (iCalendar), its feeds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.feedgenerator import Atom1Feed
from icalendar import Calendar, Event

from socle.lib import timezones
from socle.lib.dates import PARIS
from socle.sites.models.pages import CommunePage, site_path_of
from socle.sites.models.sites import WebSite
from socle.sites.occurrences import Announced, Rhythm, Timing
from socle.sites.publishing.reads import depend_on

# As calendars abbreviate the days of the week.
ICAL_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _at(on: date, at: time | None) -> datetime:
    return datetime.combine(on, at or time(), PARIS)


def _bounds(timing: Timing, begins_on: date) -> tuple[date | datetime, date | datetime | None]:
    """Return the beginning and the end of one time: days when it lasts the whole day (the end left out), else hours."""
    ends_on = begins_on + timing.length
    if timing.start_time is None:
        return begins_on, ends_on + timedelta(days=1)
    if timing.end_time is not None:
        return _at(begins_on, timing.start_time), _at(ends_on, timing.end_time)
    if ends_on > begins_on:
        return _at(begins_on, timing.start_time), _at(ends_on + timedelta(days=1), None)
    return _at(begins_on, timing.start_time), None


def _rule(timing: Timing) -> dict[str, Any] | None:
    """Return the rule of recurrence as calendars write it (RFC 5545, 3.3.10)."""
    if timing.rhythm == Rhythm.ONCE:
        return None
    rule: dict[str, Any] = {"freq": "monthly"}
    day = ICAL_DAYS[timing.starts_on.weekday()]
    if timing.rhythm in (Rhythm.WEEKLY, Rhythm.FORTNIGHTLY):
        rule = {"freq": "weekly", "interval": 2 if timing.rhythm == Rhythm.FORTNIGHTLY else 1}
    else:
        rule["byday"] = f"{timing.rank}{day}"
    if timing.until is not None:
        # Where the beginning has an hour of a place, the end of the rule is an instant, which some readers take for an
        # hour of that place: at the end of the day both mean the same, since nothing comes back the next day.
        rule["until"] = (
            timing.until if timing.start_time is None else datetime.combine(timing.until, time(23, 59, 59), UTC)
        )
    return rule


def _uid(event: Announced, website: WebSite) -> str:
    """Name an event for ever; one that several sites share has one name, so that a reader of both sees it once."""
    if isinstance(event, CommunePage):
        return f"evenement-{event.pk}@{website.host}"
    return str(event.uid)  # type: ignore[attr-defined]


def _component(event: Announced, website: WebSite) -> Event:
    if isinstance(event, CommunePage):
        depend_on(f"page:{event.pk}")
    timing = event.timing
    made = Event()
    made.add("uid", _uid(event, website))
    # When it was last written, not when it is read: the same bytes each time.
    written_at = event.last_published_at or event.first_published_at or datetime(2026, 1, 1, tzinfo=UTC)
    made.add("dtstamp", written_at.astimezone(UTC).replace(microsecond=0))
    begins, ends = _bounds(timing, timing.starts_on)
    made.add("dtstart", begins)
    if ends is not None:
        made.add("dtend", ends)
    if rule := _rule(timing):
        made.add("rrule", rule)
        for day in sorted(event.skipped()):
            made.add("exdate", day if timing.start_time is None else _at(day, timing.start_time))
    made.add("summary", event.title)
    made.add("location", event.place)
    lines = [event.summary, "Entrée gratuite." if event.is_free else event.price and f"Tarif\u00a0: {event.price}"]
    lines.append(event.contact and f"Contact\u00a0: {event.contact}")
    lines.append(f"{origin}." if (origin := getattr(event, "origin", "")) else "")
    made.add("description", "\n".join(line for line in lines if line))
    if path := site_path_of(event):
        made.add("url", website.root_url + path)
    return made


def calendar_of(website: WebSite, events: Iterable[Announced], *, name: str) -> bytes:
    """Write these events as a calendar (RFC 5545), with the time zone they are said in."""
    calendar = Calendar()
    calendar.add("prodid", "-//Socle//Agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(_component(event, website))
    timezones.describe_paris(calendar)
    return bytes(calendar.to_ical())


class Feed(Atom1Feed):
    """An Atom feed whose date is that of what it holds: the same bytes each time."""

    def latest_post_date(self) -> datetime:
        dates = [item["updateddate"] for item in self.items]
        return max(dates, default=self.feed["born_at"])


def feed_of(website: WebSite, *, title: str, path: str) -> Feed:
    """Return an empty feed of this site, to be read at this address."""
    return Feed(
        title=title,
        link=f"{website.root_url}/",
        description="",
        feed_url=f"{website.root_url}{path}",
        feed_guid=f"tag:{website.host},{website.created_at:%Y}:{path}",
        # Whose every entry is that names no other (RFC 4287, 4.1.1).
        author_name=website.beneficiary.name,
        language="fr",
        born_at=website.created_at,
    )
