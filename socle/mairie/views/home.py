"""Where the beneficiary stands, and the one thing to do now."""

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

LATEST = 5


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
            "contacts": journey.contacts(situation, on=on),
            "lines": history.in_french(history.entries_of(beneficiary, with_technical=False)[:LATEST]),
        },
    )
