"""Actions on the council of a site: opened, filled, ordered, renewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.lib.text import folded
from socle.people.models import Membership, Role, User
from socle.sections.council.models import Councillor, CouncilPage, CouncilTerm
from socle.sections.council.rules import (
    current_term,
    why_not_begin_term,
    why_not_cancel_term,
    why_not_leave,
    why_not_put_back,
    why_not_sit,
)
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
def open_council(website: WebSite, *, starts_on: date, with_mayor: bool = False, by: User, at: datetime) -> CouncilPage:
    """Give the site the page of its council, in the menu; return the one it has if it has one.

    Raises Refused (the date of the term).
    """
    if (existing := council_page_of(website)) is not None and current_term(website) is not None:
        return existing
    if current_term(website) is None:
        begin_term(website, starts_on=starts_on, by=by, at=at)
    title = "Conseil municipal" if website.beneficiary.commune else "Élus et élues"
    page = existing or open_page(website, CouncilPage(title=title), at=at)
    journal.record("website.council_opened", website, by=by, at=at)
    term = current_term(website)
    place = known_mayor(website, on=day_of(at)) if with_mayor else None
    if place is not None and term is not None and not term.councillors.exists():
        seat(term, Seated(place.user.name.strip(), Councillor.Function.MAYOR), by=by, at=at)
    return page


@transaction.atomic
def begin_term(website: WebSite, *, starts_on: date, by: User, at: datetime) -> CouncilTerm:
    """Begin a term: the council is to be written anew, and the one before is kept. Raises Refused (the date)."""
    refuse(why_not_begin_term(website, starts_on=starts_on, on=day_of(at)))
    term = CouncilTerm.objects.create(website=website, starts_on=starts_on)
    changed(website.pk, KEY, at=at)
    journal.record("website.term_begun", website, by=by, at=at, starts_on=starts_on.isoformat())
    return term


@transaction.atomic
def cancel_term(term: CouncilTerm, *, by: User, at: datetime) -> None:
    """Take back a term in which nobody is written yet: the one before it is shown again."""
    refuse(why_not_cancel_term(term))
    website, starts_on = term.website, term.starts_on
    term.delete()
    changed(website.pk, KEY, at=at)
    journal.record("website.term_cancelled", website, by=by, at=at, starts_on=starts_on.isoformat())


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


def _last(rows: Any, **among: Any) -> int:
    return int(rows.filter(**among).aggregate(last=Max("position"))["last"] or 0)


def _portrait(website: WebSite, wanted: Seated, *, by: User) -> CommuneImage | None:
    if wanted.portrait is None:
        return None
    title, description = f"Portrait, {wanted.name}", f"Portrait de {wanted.name}"
    return photographs.keep(website, wanted.portrait, title=title, description=description, by=by)


@transaction.atomic
def seat(term: CouncilTerm, wanted: Seated, *, by: User, at: datetime) -> Councillor:
    """Write a person in the council, the last of those of their function. Raises Refused."""
    has_portrait = wanted.portrait is not None
    refuse(why_not_sit(term, wanted.name, function=wanted.function, portrait=has_portrait, is_agreed=wanted.is_agreed))
    portrait = _portrait(term.website, wanted, by=by)
    who = Councillor.objects.create(
        term=term,
        name=wanted.name,
        civility=wanted.civility,
        function=wanted.function,
        delegation=wanted.delegation,
        portrait=portrait,
        portrait_agreed_on=day_of(at) if portrait else None,
        position=_last(term.councillors, function=wanted.function) + 1,
    )
    changed(term.website_id, KEY, at=at)
    journal.record("website.councillor_added", term.website, by=by, at=at, councillor=who.pk, function=who.function)
    return who


@transaction.atomic
def correct(who: Councillor, wanted: Seated, *, by: User, at: datetime) -> Councillor:
    """Correct what is said of a member of the council; another function puts them last of it. Raises Refused."""
    term = who.term
    keeps = who.portrait_id is not None and not wanted.drops_portrait
    refuse(
        why_not_sit(
            term,
            wanted.name,
            function=wanted.function,
            portrait=wanted.portrait is not None or keeps,
            is_agreed=wanted.is_agreed,
            who=who,
        )
    )
    portrait = _portrait(term.website, wanted, by=by)
    if portrait is not None:
        who.portrait, who.portrait_agreed_on = portrait, day_of(at)
    elif not keeps:
        who.portrait = who.portrait_agreed_on = None
    if who.function != wanted.function:
        who.position = _last(term.councillors, function=wanted.function) + 1
    who.name, who.function = wanted.name, wanted.function
    who.civility, who.delegation = wanted.civility, wanted.delegation
    who.save(update_fields=["name", "function", "civility", "delegation", "position", "portrait", "portrait_agreed_on"])
    changed(term.website_id, KEY, at=at)
    journal.record("website.councillor_changed", term.website, by=by, at=at, councillor=who.pk, function=who.function)
    return who


@transaction.atomic
def move(who: Councillor, *, up: bool, by: User, at: datetime) -> None:
    """Put a member before, or after, their neighbour of the same function; at the end of the list, nothing moves."""
    group = list(who.term.councillors.sitting().filter(function=who.function))
    here = next((rank for rank, one in enumerate(group) if one.pk == who.pk), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(group):
        return
    group[here], group[there] = group[there], group[here]
    for rank, one in enumerate(group, start=1):
        one.position = rank
    Councillor.objects.bulk_update(group, ["position"])
    changed(who.term.website_id, KEY, at=at)
    journal.record("website.councillor_moved", who.term.website, by=by, at=at, councillor=who.pk)


@transaction.atomic
def leave(who: Councillor, *, left_on: date, by: User, at: datetime) -> Councillor:
    """Take a person who left the council off the page; the history keeps them. Raises Refused (the date)."""
    refuse(why_not_leave(who, left_on=left_on, on=day_of(at)))
    who.left_on = left_on
    who.save(update_fields=["left_on"])
    changed(who.term.website_id, KEY, at=at)
    journal.record(
        "website.councillor_left", who.term.website, by=by, at=at, councillor=who.pk, ends_on=left_on.isoformat()
    )
    return who


@transaction.atomic
def put_back(who: Councillor, *, by: User, at: datetime) -> Councillor:
    """Show again, as they were, a person said to have left. Raises Refused (somebody else is mayor)."""
    refuse(why_not_put_back(who))
    who.left_on = None
    who.save(update_fields=["left_on"])
    changed(who.term.website_id, KEY, at=at)
    journal.record("website.councillor_put_back", who.term.website, by=by, at=at, councillor=who.pk)
    return who


def departed(website: WebSite) -> list[Councillor]:
    """Return those who sat and do so no more: who left, and who sat in the terms before; the latest first."""
    term = current_term(website)
    if term is None:
        return []
    found = Councillor.objects.filter(term__website=website).filter(Q(left_on__isnull=False) | ~Q(term=term))
    return list(found.select_related("term").order_by("-term__starts_on", "-left_on", "position", "pk"))
