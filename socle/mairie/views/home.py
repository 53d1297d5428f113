"""Where the beneficiary stands, and the one thing to do now."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.backups.models import Machine
from socle.backups.models import Status as MachineStatus
from socle.backups.presenters import MachineRow, rows_of, with_states
from socle.joining.models import JoinRequest
from socle.joining.queries import road_of, shown_to
from socle.lib.dates import day_of
from socle.mairie import history, journey
from socle.mairie.access import mairie_view, person
from socle.mairie.door import messages_to_treat
from socle.mairie.services import shown_services
from socle.people.models import Beneficiary, User
from socle.quality.models.score import SiteTask
from socle.quality.upkeep.score import examine
from socle.sites.models import Review, WebSite
from socle.sites.models.reviews import ReviewStatus

LATEST = 5


def _backups(beneficiary: Beneficiary) -> list[MachineRow]:
    """The machines whose saves want somebody's attention."""
    machines = Machine.objects.filter(beneficiary=beneficiary, status=MachineStatus.ENROLLED)
    return [row for row in rows_of(with_states(machines), at=timezone.now()) if row.is_wrong]


def _site(beneficiary: Beneficiary, *, by: User, on: date) -> dict[str, Any]:
    """Return the tasks left on the site, each with the place where it is done; the pages this person must read."""
    website = (
        WebSite.objects.select_related("facts", "root_page", "beneficiary__commune")
        .filter(beneficiary=beneficiary, suspended_at=None, archived_at=None, redirects_to=None)
        .first()
    )
    if website is None:
        return {"website": None, "site_tasks": [], "reviews": []}
    # Its opening has a place of its own on the page.
    missing = (one for one in examine(website, on=on) if one.check.who == SiteTask.Who.MAIRIE)
    found = [one for one in missing if one.check.code != "opening"]
    mine = Q(status=ReviewStatus.WAITING, asked_of=by) | Q(status=ReviewStatus.SENT_BACK, asked_by=by)
    reviews = list(Review.objects.filter(mine, website=website).select_related("page", "asked_by", "answered_by"))
    return {"website": website, "site_tasks": found, "reviews": reviews}


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the road, the next act, the services, the site, whom to call and what was done lately."""
    on = day_of(timezone.now())
    situation = journey.situation_of(beneficiary)
    site = _site(beneficiary, by=person(request), on=on)
    situation.site_waits_to_open = site["website"] is not None and site["website"].opened_at is None
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
            **site,
            "contacts": journey.contacts(situation, on=on),
            "messages_waiting": messages_to_treat(request)[0],
            "backups": _backups(beneficiary),
            "lines": history.in_french(history.entries_of(beneficiary, with_technical=False)[:LATEST]),
        },
    )


@mairie_view
def more(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """List what one comes for less often."""
    return render(request, "mairie/more.html", {"beneficiary": beneficiary})
