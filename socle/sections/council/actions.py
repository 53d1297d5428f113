"""Actions on the council of a site: opened, filled, ordered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django_scopes import scope

from socle.assemblies import actions as assemblies
from socle.assemblies.models import Assembly, Member
from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.lib.text import folded
from socle.people.models import Membership, Role, User
from socle.sections.council.models import Councillor, CouncilPage
from socle.sections.council.rules import why_not_show_portrait
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
    for member in _assembly(website, on=day_of(at)).members.in_office(day_of(at)):
        show(website, member)
    journal.record("website.council_opened", website, by=by, at=at)
    place = known_mayor(website, on=day_of(at)) if with_mayor else None
    if place is not None and not website.councillors.exists():
        seat(website, Seated(place.user.name.strip(), Member.Function.MAYOR), by=by, at=at)
    return page


@dataclass(frozen=True)
class Seated:
    """A member of the council, as the mairie writes them. Without a new portrait, the one there is stays."""

    name: str
    function: str = Member.Function.MEMBER
    civility: str = ""
    delegation: str = ""
    portrait: Photograph | None = None
    is_agreed: bool = False
    drops_portrait: bool = False

    @property
    def member(self) -> assemblies.Seated:
        """The part that is the assembly’s."""
        return assemblies.Seated(self.name, self.function, self.civility, self.delegation)


def _last(website: WebSite, function: str) -> int:
    rows = Councillor.objects.filter(website=website, member__function=function)
    return int(rows.aggregate(last=Max("position"))["last"] or 0)


def _portrait(website: WebSite, wanted: Seated, *, by: User) -> CommuneImage | None:
    if wanted.portrait is None:
        return None
    title, description = f"Portrait, {wanted.name}", f"Portrait de {wanted.name}"
    return photographs.keep(website, wanted.portrait, title=title, description=description, by=by)


@transaction.atomic
def seat(website: WebSite, wanted: Seated, *, by: User, at: datetime) -> Councillor:
    """Write a person among the members of the assembly, and show them last of their function. Raises Refused."""
    refuse(why_not_show_portrait(has_portrait=wanted.portrait is not None, is_agreed=wanted.is_agreed))
    member = assemblies.write_member(_assembly(website, on=day_of(at)), wanted.member, by=by, at=at)
    who = show(website, member)
    who.portrait = _portrait(website, wanted, by=by)
    who.portrait_agreed_on = day_of(at) if who.portrait else None
    who.save(update_fields=["portrait", "portrait_agreed_on"])
    changed(website.pk, KEY, at=at)
    journal.record("website.councillor_added", website, by=by, at=at, councillor=who.pk, function=who.function)
    return who


def _assembly(website: WebSite, *, on: date) -> Assembly:
    with scope(beneficiary=website.beneficiary):
        return assemblies.assembly_for(website.beneficiary, on=on)


def show(website: WebSite, member: Member) -> Councillor:
    """Show a member of the assembly on its site, the last of their function; return the row there already is."""
    position = _last(website, member.function) + 1
    who, _ = Councillor.objects.get_or_create(member=member, defaults={"website": website, "position": position})
    return who


@transaction.atomic
def follow_members(assembly: Assembly, *, at: datetime) -> None:
    """Show on the site of a body who sits in its assembly as it is now, once its council has a page."""
    website = WebSite.objects.filter(beneficiary=assembly.beneficiary_id).select_related("root_page").first()
    if website is None or council_page_of(website) is None:
        return
    sitting = list(assembly.members.in_office(day_of(at)))
    Councillor.objects.filter(website=website).exclude(member__in=sitting).delete()
    for member in sitting:
        show(website, member)
    changed(website.pk, KEY, at=at)


@transaction.atomic
def correct(who: Councillor, wanted: Seated, *, by: User, at: datetime) -> Councillor:
    """Correct what is said of a member of the council; another function puts them last of it. Raises Refused."""
    keeps = who.portrait_id is not None and not wanted.drops_portrait
    has_portrait = wanted.portrait is not None or keeps
    refuse(why_not_show_portrait(has_portrait=has_portrait, is_agreed=wanted.is_agreed))
    before = who.function
    one = who.member
    # What the site does not ask of a member stays as the assembly has it.
    kept = replace(wanted.member, college=one.college, email=one.email, born_on=one.born_on, came_on=one.came_on)
    who.member = assemblies.correct_member(one, kept, by=by, at=at)
    portrait = _portrait(who.website, wanted, by=by)
    if portrait is not None:
        who.portrait, who.portrait_agreed_on = portrait, day_of(at)
    elif not keeps:
        who.portrait = who.portrait_agreed_on = None
    if who.function != before:
        who.position = _last(who.website, wanted.function) + 1
    who.save(update_fields=["position", "portrait", "portrait_agreed_on"])
    changed(who.website_id, KEY, at=at)
    journal.record("website.councillor_changed", who.website, by=by, at=at, councillor=who.pk, function=who.function)
    return who


@transaction.atomic
def move(who: Councillor, *, up: bool, by: User, at: datetime) -> None:
    """Put a member before, or after, their neighbour of the same function; at the end of the list, nothing moves."""
    group = list(Councillor.objects.filter(website=who.website_id, member__function=who.function))
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
    """Take off the page a person who left the council, with their portrait; what they voted stays in the meetings."""
    changed(who.website_id, KEY, at=at)
    journal.record("website.councillor_removed", who.website, by=by, at=at, councillor=who.pk)
    assemblies.member_left(who.member, left_on=day_of(at), by=by, at=at)
    who.delete()
