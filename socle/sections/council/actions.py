"""Actions on the council of a site: opened, filled, ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.lib.text import folded
from socle.people.models import Membership, Role, User
from socle.sections.council.models import Councillor, CouncilPage
from socle.sections.council.rules import why_not_sit
from socle.sites import photographs
from socle.sites.models.media import CommuneImage
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_page
from socle.sites.photographs import Photograph
from socle.sites.publishing.actions import changed

KEY = "council"


def council_page_of(website: WebSite) -> CouncilPage | None:
    """Return the page of the council of this site, or None when it has none yet."""
    return CouncilPage.objects.child_of(website.root_page).first()


def known_mayor(website: WebSite, *, on: date) -> Membership | None:
    """Return who represents the commune as its mayor, when the platform knows."""
    places = Membership.objects.active_on(on).filter(beneficiary=website.beneficiary_id, role=Role.MAYOR)
    for place in places.filter(user__is_active=True).select_related("user").order_by("pk"):
        # The role is that of whoever represents the body: another than the mayor says so.
        if place.user.name.strip() and folded(place.quality or "maire").startswith(("maire", "president")):
            return place
    return None


@transaction.atomic
def open_council(website: WebSite, *, with_mayor: bool = False, by: User, at: datetime) -> CouncilPage:
    """Give the site the page of its council, in the menu; return the one it has if it has one."""
    if (existing := council_page_of(website)) is not None:
        return existing
    title = "Conseil municipal" if website.beneficiary.commune else "Élus et élues"
    page = open_page(website, CouncilPage(title=title), at=at)
    journal.record("website.council_opened", website, by=by, at=at)
    place = known_mayor(website, on=day_of(at)) if with_mayor else None
    if place is not None and not website.councillors.exists():
        seat(website, Seated(place.user.name.strip(), Councillor.Function.MAYOR), by=by, at=at)
    return page


@dataclass(frozen=True)
class Seated:
    """A member of the council, as the mairie writes them. Without a new portrait, the one there is stays."""

    name: str
    function: str = Councillor.Function.MEMBER
    civility: str = ""
    delegation: str = ""
    portrait: Photograph | None = None
    is_agreed: bool = False
    drops_portrait: bool = False


def _last(website: WebSite, function: str) -> int:
    rows = Councillor.objects.filter(website=website, function=function)
    return int(rows.aggregate(last=Max("position"))["last"] or 0)


def _portrait(website: WebSite, wanted: Seated, *, by: User) -> CommuneImage | None:
    if wanted.portrait is None:
        return None
    title, description = f"Portrait, {wanted.name}", f"Portrait de {wanted.name}"
    return photographs.keep(website, wanted.portrait, title=title, description=description, by=by)


@transaction.atomic
def seat(website: WebSite, wanted: Seated, *, by: User, at: datetime) -> Councillor:
    """Write a person in the council, the last of those of their function. Raises Refused."""
    has_portrait, function = wanted.portrait is not None, wanted.function
    refuse(why_not_sit(website, wanted.name, function=function, portrait=has_portrait, is_agreed=wanted.is_agreed))
    portrait = _portrait(website, wanted, by=by)
    who = Councillor.objects.create(
        website=website,
        name=wanted.name,
        civility=wanted.civility,
        function=wanted.function,
        delegation=wanted.delegation,
        portrait=portrait,
        portrait_agreed_on=day_of(at) if portrait else None,
        position=_last(website, wanted.function) + 1,
    )
    changed(website.pk, KEY, at=at)
    journal.record("website.councillor_added", website, by=by, at=at, councillor=who.pk, function=who.function)
    return who


@transaction.atomic
def correct(who: Councillor, wanted: Seated, *, by: User, at: datetime) -> Councillor:
    """Correct what is said of a member of the council; another function puts them last of it. Raises Refused."""
    keeps = who.portrait_id is not None and not wanted.drops_portrait
    refuse(
        why_not_sit(
            who.website,
            wanted.name,
            function=wanted.function,
            portrait=wanted.portrait is not None or keeps,
            is_agreed=wanted.is_agreed,
            who=who,
        )
    )
    portrait = _portrait(who.website, wanted, by=by)
    if portrait is not None:
        who.portrait, who.portrait_agreed_on = portrait, day_of(at)
    elif not keeps:
        who.portrait = who.portrait_agreed_on = None
    if who.function != wanted.function:
        who.position = _last(who.website, wanted.function) + 1
    who.name, who.function = wanted.name, wanted.function
    who.civility, who.delegation = wanted.civility, wanted.delegation
    who.save(update_fields=["name", "function", "civility", "delegation", "position", "portrait", "portrait_agreed_on"])
    changed(who.website_id, KEY, at=at)
    journal.record("website.councillor_changed", who.website, by=by, at=at, councillor=who.pk, function=who.function)
    return who


@transaction.atomic
def move(who: Councillor, *, up: bool, by: User, at: datetime) -> None:
    """Put a member before, or after, their neighbour of the same function; at the end of the list, nothing moves."""
    group = list(Councillor.objects.filter(website=who.website_id, function=who.function))
    here = next((rank for rank, one in enumerate(group) if one.pk == who.pk), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(group):
        return
    group[here], group[there] = group[there], group[here]
    for rank, one in enumerate(group, start=1):
        one.position = rank
    Councillor.objects.bulk_update(group, ["position"])
    changed(who.website_id, KEY, at=at)
    journal.record("website.councillor_moved", who.website, by=by, at=at, councillor=who.pk)


@transaction.atomic
def remove(who: Councillor, *, by: User, at: datetime) -> None:
    """Take off the page a person who left the council, for good."""
    changed(who.website_id, KEY, at=at)
    journal.record("website.councillor_removed", who.website, by=by, at=at, councillor=who.pk)
    who.delete()
