"""Where the beneficiary stands, what waits for its people, and what they publish."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from socle.joining.models import JoinRequest
from socle.joining.queries import road_of, shown_to
from socle.lib.dates import day_of
from socle.mairie import guide, history, journey
from socle.mairie.access import mairie_view, person
from socle.mairie.openings import reaches
from socle.mairie.services import shown_services
from socle.mairie.todo import SHOWN, Group, Reader, grouped, to_do
from socle.people.acting import opens
from socle.people.capabilities import Capability
from socle.people.models import Beneficiary
from socle.people.rules import why_not_name
from socle.provisioning.models import State
from socle.sites.models import WebSite

LATEST = 5
MAIL = "messagerie"


def _website(beneficiary: Beneficiary) -> WebSite | None:
    """Its site, while people read it."""
    found: WebSite | None = (
        WebSite.objects.select_related("facts", "root_page", "beneficiary__commune")
        .filter(beneficiary=beneficiary, suspended_at=None, archived_at=None, redirects_to=None)
        .first()
    )
    return found


def _where_to_read(situation: journey.Situation) -> str:
    """Where its people read their mail: the boxes in the browser, or how to set a machine; nothing without a box."""
    if not any(one.service.code == MAIL and one.state == State.LIVE for one in situation.installations):
        return ""
    return reverse("mairie:mail_read")


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show what waits for this person, the road of the programme, what can be published, whom to call."""
    at = timezone.now()
    on = day_of(at)
    situation = journey.situation_of(beneficiary)
    website = _website(beneficiary)
    situation.site_waits_to_open = website is not None and website.opened_at is None
    next_act = journey.next_act(situation, by=person(request), on=on)
    reader = Reader(person(request), beneficiary, website, lambda one: opens(request, one))
    follows = reader.may(Capability.ADMINISTER) and not next_act.is_over
    tasks = [
        one
        for one in to_do(reader, at=at)
        # What the next act leads to is said by it alone.
        if reaches(request, one.url) and not (follows and one.url == next_act.url)
    ]
    groups = grouped(tasks, at=at)
    road = journey.road(situation, on=on)
    # Once the agreement is drafted, its own road says it all.
    asked: JoinRequest | None = shown_to(beneficiary) if situation.agreement is None else None
    return render(
        request,
        "mairie/home.html",
        {
            "beneficiary": beneficiary,
            "situation": situation,
            "road": [one if reaches(request, one.url) else replace(one, url="") for one in road],
            "stands": journey.where(road),
            "asked": asked,
            "asked_road": road_of(asked) if asked else [],
            "next": next_act,
            "follows": follows,
            "alone": groups.pop(Group.ALONE, []),
            "folded": groups[Group.LATER][SHOWN:] if Group.LATER in groups else [],
            "groups": [
                (group.label, lines[:SHOWN] if group == Group.LATER else lines) for group, lines in groups.items()
            ],
            "services": shown_services(situation),
            "website": website,
            "may_name": why_not_name(person(request), on=on, beneficiary=beneficiary) is None,
            "mail_url": _where_to_read(situation),
            "contacts": journey.contacts(situation, on=on),
            "lines": history.in_french(history.entries_of(beneficiary, with_technical=False)[:LATEST]),
        },
    )


@mairie_view
def more(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """List what one comes for less often."""
    return render(request, "mairie/more.html", {"beneficiary": beneficiary})


@mairie_view
def show_guide(request: HttpRequest, beneficiary: Beneficiary, code: str = guide.PAGES[0]) -> HttpResponse:
    """Show a page of the guide, with the list of them all and of its own parts."""
    if code not in guide.PAGES:
        raise Http404
    pages = [guide.page_of(one) for one in guide.PAGES]
    context = {"beneficiary": beneficiary, "pages": pages, "page": guide.page_of(code)}
    return render(request, "mairie/guide.html", context)
