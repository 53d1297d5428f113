"""Actions on the names of a site: asked for, checked, served, made the main one, withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.module_loading import import_string
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib import locks
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.people.names.actions import claim, ensure, note_proof, release
from socle.people.names.models import OwnName, Use
from socle.people.names.rules import is_proved
from socle.sites.contract import Lookout, NamesError, Seen
from socle.sites.models.names import ANSWERING, NameCheck, SiteName, Status, main_host
from socle.sites.models.sites import WebSite
from socle.sites.naming import words
from socle.sites.naming.diagnosis import Diagnosis, Proof, diagnose
from socle.sites.naming.rules import why_not_ask, why_not_leave, why_not_main, why_not_withdraw
from socle.sites.publishing.actions import changed
from socle.sites.publishing.reads import EVERYTHING

# How often a name is looked at: soon after it was asked for, then less and less; once served, each day.
EAGER, PATIENT, DAILY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
EAGER_FOR, PATIENT_FOR = timedelta(days=1), timedelta(days=14)
# A name that leads elsewhere for so long is lost: a domain that was not renewed may be bought by anyone.
LOST_AFTER = timedelta(days=3)
# A certificate of three months is renewed a month before it ends: closer than this, something is wrong.
CERTIFICATE_ALARM = timedelta(days=7)
KEPT_CHECKS = 50
# Most certificates are obtained within a minute of being asked for.
SOON = timedelta(minutes=1)
EXPECTED = "il vient d’être demandé."


def lookout() -> Lookout:
    """Whoever looks at names for us."""
    made: Lookout = import_string(settings.SOCLE_LOOKOUT)()
    return made


@transaction.atomic
def ask_name(
    website: WebSite, text: str, *, is_www_first: bool = True, wanted_main: bool = True, by: User, at: datetime
) -> SiteName:
    """Note the domain that a commune gives to its site; it is served as soon as the DNS leads here. Raises Refused."""
    domain = words.read_domain(text)
    refuse(why_not_ask(website, domain))
    try:
        with transaction.atomic():
            claim(website.beneficiary, domain, use=Use.SITE, at=at)
            name = SiteName.objects.create(
                website=website,
                domain=domain,
                has_www=words.has_www(domain),
                is_www_first=is_www_first,
                wanted_main=wanted_main,
                asked_at=at,
                asked_by=by if by.pk else None,
                next_check_at=at,
            )
    except IntegrityError:  # Asked twice at the same instant.
        raise Refused(why_not_ask(website, domain) or "Ce nom vient d’être donné\u00a0: rechargez la page.") from None
    journal.record("website.name_asked", website, by=by, at=at, domain=domain)
    return name


@transaction.atomic
def withdraw_name(name: SiteName, *, by: User, at: datetime) -> None:
    """Take a name away from its site: it answers there no more."""
    refuse(why_not_withdraw(name))
    website, was_answering = name.website, name.is_answering
    journal.record("website.name_withdrawn", website, by=by, at=at, domain=name.domain)
    name.delete()
    release(website.beneficiary_id, name.domain, use=Use.SITE)
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
def own_name(name: SiteName) -> OwnName:
    """Whose this name is, and what proves it."""
    return ensure(name.website.beneficiary_id, name.domain, use=Use.SITE, at=name.asked_at)


def proof_of(name: SiteName) -> Proof | None:
    """What is to prove a name; None once it is proved. One that served before proofs were asked goes on meanwhile."""
    if is_proved(name.website.beneficiary_id, name.domain):
        return None
    own = own_name(name)
    return Proof(own.proof_host, own.proof, is_late=name.is_answering)


def diagnosis_of(name: SiteName, seen: Seen) -> Diagnosis:
    """Explain what was seen of a name."""
    wanted = words.expected(name.website.first_host)
    return diagnose(seen, domain=name.domain, hosts=name.hosts, wanted=wanted, proof=proof_of(name))


def check_name(name: SiteName, *, by: User, at: datetime) -> SiteName | None:
    """Look at a name, keep what was seen, and do what follows. None when another process is looking at it.

    The world is asked outside of any transaction: it takes seconds.
    """
    with locks.held(f"name-{name.pk}") as is_mine:
        if not is_mine:
            return None
        look = lookout()
        proof = proof_of(name)
        seen = look.look(name.hosts, zone=words.zone_of(name.domain), proof=proof.host if proof else "")
        if proof is not None:
            note_proof(own_name(name), seen.texts(proof.host), by=by, at=at)
        needs_certificate = settings.IS_HTTPS and diagnosis_of(name, seen).is_right
        if needs_certificate and not name.is_answering:
            # The web server obtains a certificate only for a name we say is ours: said first, then looked for.
            known = record_check(name, seen, certificate_until=None, problem=EXPECTED, by=by, at=at)
            if known is None:
                return None
            name = known
        until, problem = None, ""
        if needs_certificate:
            try:
                until = min(look.certificate_end(host) for host in name.hosts)
            except NamesError as error:
                problem = error.sentence[:300]
        return record_check(name, seen, certificate_until=until, problem=problem, by=by, at=at)


@transaction.atomic
def record_check(
    name: SiteName, seen: Seen, *, certificate_until: datetime | None, problem: str, by: User, at: datetime
) -> SiteName | None:
    """Keep what was seen of a name, and follow it: right, served, lost. None when it was withdrawn meanwhile."""
    found = SiteName.objects.select_for_update(of=("self",)).select_related("website__site").filter(pk=name.pk).first()
    if found is None:
        return None
    name = found
    is_right = diagnosis_of(name, seen).is_right
    _keep(name, seen, is_right, at=at)
    before = name.status
    if is_right:
        name.wrong_at = None
        if name.status in (Status.ASKED, Status.WAITING):
            name.status = Status.RIGHT
        name.problem = problem
        if certificate_until is not None:
            name.certificate_until = certificate_until
        if name.status == Status.RIGHT and not problem:
            name.status, name.served_at = Status.SERVED, name.served_at or at
    elif is_right is False:
        name.wrong_at = name.wrong_at or at
        # What was never served has nobody to lose; what is served is given the time of a mistake.
        if name.status in (Status.ASKED, Status.RIGHT) or (
            name.status in ANSWERING and at - name.wrong_at >= LOST_AFTER
        ):
            name.status = Status.WAITING
    elif name.status == Status.ASKED:
        name.status = Status.WAITING
    name.next_check_at = at + (SOON if name.status == Status.RIGHT != before else _pace(name, at))
    was_main = name.is_main
    if was_main and name.status == Status.WAITING:
        # Visitors are led back to the name that always answers, before somebody else answers at this one.
        name.is_main, name.main_at, name.settled_at = False, None, None
    settles = _settles(name, at)
    if settles:
        name.settled_at = at
    name.save(
        update_fields=[
            "status",
            "problem",
            "certificate_until",
            "served_at",
            "wrong_at",
            "next_check_at",
            "is_main",
            "main_at",
            "settled_at",
        ]
    )
    if before != name.status:
        _tell(name, before, was_main=was_main, by=by, at=at)
    becomes_main = name.status == Status.SERVED and before != Status.SERVED and name.wanted_main and not name.is_main
    if becomes_main and why_not_main(name) is None:
        return choose_main(name, is_www_first=name.is_www_first, by=by, at=at)
    if was_main and not name.is_main:
        _follow(name.website, at=at)
    elif (before in ANSWERING) != name.is_answering or settles:
        changed(name.website_id, "names", at=at)
    return name


def _tell(name: SiteName, before: str, *, was_main: bool, by: User, at: datetime) -> None:
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


def _pace(name: SiteName, at: datetime) -> timedelta:
    if name.status in (Status.SERVED, Status.REPLACED) and name.wrong_at is None:
        return DAILY
    since = max(name.asked_at, name.wrong_at or name.asked_at) if name.is_answering else name.asked_at
    age = at - since
    return EAGER if age < EAGER_FOR else PATIENT if age < PATIENT_FOR else DAILY


def _keep(name: SiteName, seen: Seen, is_right: bool | None, *, at: datetime) -> None:
    last = NameCheck.objects.filter(name=name).first()
    if last is not None and last.is_right == is_right and Seen.read(last.seen).facts == seen.facts:
        NameCheck.objects.filter(pk=last.pk).update(last_at=at, count=models.F("count") + 1, seen=str(seen))
        return
    NameCheck.objects.create(name=name, first_at=at, last_at=at, is_right=is_right, seen=str(seen))
    old = NameCheck.objects.filter(name=name).values_list("pk", flat=True)[KEPT_CHECKS:]
    NameCheck.objects.filter(pk__in=list(old)).delete()


def due_names(*, at: datetime, limit: int) -> list[SiteName]:
    """The names whose next check has come, the longest waiting first."""
    with scopes_disabled():  # Of every site: each is then looked at by itself.
        due = SiteName.objects.filter(next_check_at__lte=at).select_related("website")
        return list(due.order_by("next_check_at", "pk")[:limit])
