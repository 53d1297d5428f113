"""Where the beneficiary stands, and the one thing to do now."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.joining.models import JoinRequest
from socle.joining.queries import road_of, shown_to
from socle.lib.dates import day_of
from socle.mairie import history, journey
from socle.mairie.access import mairie_view, person
from socle.mairie.services import shown_services
from socle.people.models import Beneficiary
from socle.websites.models import SiteTask, WebSite
from socle.websites.score import examine

LATEST = 5


def _site(beneficiary: Beneficiary, *, on: date) -> dict[str, Any]:
    """What is left to do on the site, each thing with the place where it is done."""
    website = (
        WebSite.objects.select_related("facts", "root_page", "beneficiary__commune")
        .filter(beneficiary=beneficiary, suspended_at=None, archived_at=None, redirects_to=None)
        .first()
    )
    if website is None:
        return {"website": None, "site_tasks": []}
    found = [one for one in examine(website, on=on) if one.check.who == SiteTask.Who.MAIRIE]
    return {"website": website, "site_tasks": found}


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the road, the next act, the services, the site, whom to call and what was done lately."""
    on = day_of(timezone.now())
    situation = journey.situation_of(beneficiary)
    # Once the agreement is drafted, its own road says it all.
    asked: JoinRequest | None = shown_to(beneficiary) if situation.agreement is None else None
    return render(
        request,
        "mairie/home.html",
        {
            "beneficiary": beneficiary,
            "situation": situation,
            "road": journey.road(situation, on=on),
            "asked": asked,
            "asked_road": road_of(asked) if asked else [],
            "next": journey.next_act(situation, by=person(request), on=on),
            "services": shown_services(situation),
            **_site(beneficiary, on=on),
            "contacts": journey.contacts(situation, on=on),
            "lines": history.in_french(history.entries_of(beneficiary, with_technical=False)[:LATEST]),
        },
    )
