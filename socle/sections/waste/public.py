"""The collections of a site as calendars, to which phones subscribe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from icalendar import Calendar, Event

from socle.lib.dates import add_months, day_of, in_words
from socle.sections.waste.models import WastePage, WasteRound, WasteShift, collections, plan_of
from socle.sites.models.pages import site_path_of
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on

# The months of the calendar one subscribes to, from the first of this one.
CALENDAR_MONTHS = 13


def calendar(request: HttpRequest, slug: str, sector: str = "") -> HttpResponse:
    """Give the collections of this site, or of a sector of it, as a calendar to which an agenda subscribes."""
    website: WebSite = request.website  # type: ignore[attr-defined]
    page = WastePage.objects.child_of(website.root_page).live().filter(slug=slug).first()
    plan = plan_of(website)
    if page is None or (sector and sector not in plan.sectors):
        raise Http404
    name = f"Collecte des déchets, {plan.sectors[sector] if sector else website.beneficiary.name}"
    content = _calendar(website, page, plan.of(sector).rounds if sector else plan.rounds, plan.shifts, name=name)
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


def _calendar(
    website: WebSite, page: WastePage, rounds: Sequence[WasteRound], shifts: Sequence[WasteShift], *, name: str
) -> bytes:
    depend_on("day", f"page:{page.pk}", f"address:{page.pk}")
    first = day_of(timezone.now()).replace(day=1)
    made = Calendar()
    made.add("prodid", "-//Socle//Collecte des dechets//FR")
    made.add("version", "2.0")
    made.add("x-wr-calname", name)
    # Day by day, and not by a rule: even weeks and moved days are no rule that every reader knows.
    for item in collections(rounds, shifts, first=first, last=add_months(first, CALENDAR_MONTHS)):
        event = Event()
        event.add("uid", f"collecte-{item.round.pk}-{item.usual_on.isoformat()}@{website.host}")
        event.add("dtstamp", item.round.added_at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", item.on)
        event.add("dtend", item.on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        what = item.round.get_kind_display().capitalize()
        event.add("summary", f"{what} ({item.round.sector})" if item.round.sector else what)
        said = [item.round.advice, f"Au lieu du {in_words(item.usual_on)}." if item.is_moved else ""]
        if words := "\n".join(line for line in said if line):
            event.add("description", words)
        event.add("url", website.root_url + site_path_of(page))
        made.add_component(event)
    return bytes(made.to_ical())
