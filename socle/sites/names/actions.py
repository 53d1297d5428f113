"""Actions on the names of a site: asked for, followed from one check to the next, made the main one, withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from socle.domains.ownership import claim, hold, release
from socle.journal import actions as journal
from socle.lib.domains import has_www, read_domain
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.sites.models.names import ANSWERING, SiteName, Status, main_host
from socle.sites.models.sites import WebSite
from socle.sites.names.rules import why_not_ask, why_not_leave, why_not_main, why_not_withdraw
from socle.sites.publishing.actions import changed
from socle.sites.publishing.reads import EVERYTHING

# A name that leads elsewhere for so long is lost: a domain that was not renewed may be bought by anyone.
LOST_AFTER = timedelta(days=3)
EXPECTED = "il vient d’être demandé."


@transaction.atomic
def ask_name(
    website: WebSite, text: str, *, is_www_first: bool = True, wanted_main: bool = True, by: User, at: datetime
) -> SiteName:
    """Note the domain that a commune gives to its site; it is served as soon as the DNS leads here. Raises Refused."""
    domain = read_domain(text)
    refuse(why_not_ask(website, domain))
    try:
        with transaction.atomic():
            claim(website.beneficiary, domain, at=at)
            name = SiteName.objects.create(
                website=website,
                domain=domain,
                has_www=has_www(domain),
                is_www_first=is_www_first,
                wanted_main=wanted_main,
                asked_at=at,
                asked_by=by if by.pk else None,
            )
    except IntegrityError:  # Asked twice at the same instant.
        raise Refused(why_not_ask(website, domain) or "Ce nom vient d’être donné\u00a0: rechargez la page.") from None
    journal.record("website.name_asked", website, by=by, at=at, domain=domain)
    return name


@transaction.atomic
def withdraw_name(name: SiteName, *, by: User, at: datetime) -> None:
    """Take a name away from its site: it answers there no more."""
    hold(name.domain)
    refuse(why_not_withdraw(name))
    website, was_answering = name.website, name.is_answering
    journal.record("website.name_withdrawn", website, by=by, at=at, domain=name.domain)
    name.delete()
    release(name.domain, at=at)
    if was_answering:
        changed(website.pk, "names", at=at)


@transaction.atomic
def choose_main(name: SiteName, *, is_www_first: bool, by: User, at: datetime) -> SiteName:
    """Show the site under this name; every other one leads to it."""
    refuse(why_not_main(name))
    website = WebSite.objects.select_for_update(of=("self",)).select_related("site").get(pk=name.website_id)
    former = SiteName.objects.filter(website=website, is_main=True).exclude(pk=name.pk)
    for one in former:
        _step_down(one)
    is_same = name.is_main and name.is_www_first == is_www_first
    name.is_www_first, name.is_main, name.wanted_main, name.status = is_www_first, True, False, Status.SERVED
    if not is_same:
        name.main_at, name.settled_at = at, None
    name.save(update_fields=["is_www_first", "is_main", "wanted_main", "status", "main_at", "settled_at"])
    _follow(website, at=at)
    journal.record("website.name_main", website, by=by, at=at, domain=name.domain, host=name.host)
    return name


@transaction.atomic
def leave_main(website: WebSite, *, by: User, at: datetime) -> WebSite:
    """Show the site again under the name it was born with; its own names lead there as long as the DNS leads here."""
    refuse(why_not_leave(website))
    for one in SiteName.objects.filter(website=website, is_main=True):
        _step_down(one)
    website = WebSite.objects.select_related("site").get(pk=website.pk)
    _follow(website, at=at)
    journal.record("website.name_left", website, by=by, at=at, host=website.host)
    return website


def _step_down(name: SiteName) -> None:
    name.is_main, name.main_at, name.settled_at, name.status = False, None, None, Status.REPLACED
    name.save(update_fields=["is_main", "main_at", "settled_at", "status"])


def _follow(website: WebSite, *, at: datetime) -> None:
    """Put the site at the host where it is to be shown."""
    host = main_host(website)
    if website.host != host:
        website.host = website.site.hostname = host
        website.site.save(update_fields=["hostname"])
        website.save(update_fields=["host"])
        changed(website.pk, EVERYTHING, at=at)
    else:
        changed(website.pk, "names", at=at)


# --- Checks ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def follow(
    name: SiteName,
    is_right: bool | None,
    *,
    certificate_until: datetime | None = None,
    problem: str = "",
    by: User,
    at: datetime,
) -> SiteName | None:
    """Follow what a check said of a name: right, served, lost. None when it was withdrawn meanwhile.

    `problem`: what its certificate awaits; it is not served before.
    """
    found = SiteName.objects.select_for_update(of=("self",)).select_related("website__site").filter(pk=name.pk).first()
    if found is None:
        return None
    name = found
    before, was_main = name.status, name.is_main
    name.status = _moved(name, is_right, problem, at)
    if is_right:
        name.wrong_at, name.problem = None, problem
        name.certificate_until = certificate_until or name.certificate_until
        if name.status == Status.SERVED:
            name.served_at = name.served_at or at
    elif is_right is False:
        name.wrong_at = name.wrong_at or at
    if was_main and name.status == Status.WAITING:
        # Visitors are led back to the name that always answers, before somebody else answers at this one.
        name.is_main, name.main_at, name.settled_at = False, None, None
    settles = _settles(name, at)
    if settles:
        name.settled_at = at
    written = ["status", "problem", "certificate_until", "served_at", "wrong_at", "is_main", "main_at", "settled_at"]
    name.save(update_fields=written)
    if before != name.status:
        _tell(name, before, by=by, at=at)
    becomes_main = name.status == Status.SERVED and before != Status.SERVED and name.wanted_main and not name.is_main
    if becomes_main and why_not_main(name) is None:
        return choose_main(name, is_www_first=name.is_www_first, by=by, at=at)
    if was_main and not name.is_main:
        _follow(name.website, at=at)
    elif (before in ANSWERING) != name.is_answering or settles:
        changed(name.website_id, "names", at=at)
    return name


def _moved(name: SiteName, is_right: bool | None, problem: str, at: datetime) -> str:
    """The state of a name after a check. What is served is given the time of a mistake before it is lost."""
    if is_right:
        status = Status.RIGHT if name.status in (Status.ASKED, Status.WAITING) else name.status
        return Status.SERVED if status == Status.RIGHT and not problem else status
    is_lost = name.wrong_at is not None and at - name.wrong_at >= LOST_AFTER
    if name.status == Status.ASKED or (is_right is False and (name.status == Status.RIGHT or is_lost)):
        return Status.WAITING
    return name.status


def _tell(name: SiteName, before: str, *, by: User, at: datetime) -> None:
    verb = ""
    if name.status == Status.SERVED:
        verb = "website.name_served"
    elif name.status == Status.RIGHT:
        verb = "website.name_right"
    elif before in ANSWERING:
        verb = "website.name_lost"
    if verb:
        journal.record(verb, name.website, by=by, at=at, domain=name.domain)


def _settles(name: SiteName, at: datetime) -> bool:
    """Whether the main name has been good for long enough that browsers may keep it."""
    return (
        name.is_main
        and name.settled_at is None
        and name.wrong_at is None
        and name.main_at is not None
        and at - name.main_at >= timedelta(days=settings.SOCLE_NAME_SETTLES_DAYS)
    )
