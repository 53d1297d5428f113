"""Actions on the names of the mail: zones written where they are ours, domains looked at, put in service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib import dates, locks
from socle.lib.refusals import refuse
from socle.mail import domains
from socle.mail.contract import HERE, THERE, Asker, Heard, Zones, ZonesError
from socle.mail.models.domains import Domain, Status
from socle.mail.models.watches import DomainCheck, DomainWatch, Holder
from socle.mail.records import read_text
from socle.mail.rules import why_not_activate
from socle.mail.zoning import facts, rules
from socle.mail.zoning.diagnosis import Diagnosis, diagnose, questions
from socle.mail.zoning.planning import OPERATOR, ZonePlan, plan
from socle.people.models import User
from socle.people.names.actions import ensure, note_proof
from socle.people.names.models import Use
from socle.provisioning.rules import why_over_ceiling

# How often a domain is looked at: soon after it was chosen, then less and less; once in service, each day.
EAGER, PATIENT, DAILY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
EAGER_FOR, PATIENT_FOR = timedelta(days=1), timedelta(days=14)
KEPT_CHECKS = 50
# A zone that is right is looked at again, so that what was undone by hand is seen; one that failed, sooner and sooner.
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=6)


def zones() -> Zones:
    """Whoever holds the zones. Raises `ZonesError` when nobody does."""
    if not settings.SOCLE_ZONES:
        raise ZonesError("Aucun serveur de noms n’est confié à la plateforme (SOCLE_POWERDNS_URL).", is_lasting=True)
    made: Zones = import_string(settings.SOCLE_ZONES)()
    return made


def asker() -> Asker:
    """Whoever asks the DNS for us."""
    made: Asker = import_string(settings.SOCLE_MAIL_ASKER)()
    return made


def watch_of(domain: Domain, *, at: datetime) -> DomainWatch:
    """Return where a domain stands in the DNS, followed from now on."""
    with scopes_disabled():  # One domain, named by the caller.
        is_here = not domain.is_own and bool(settings.SOCLE_ZONES)
        watch, _ = DomainWatch.objects.get_or_create(
            domain=domain,
            defaults={
                "holder": Holder.OPERATOR if is_here else Holder.ELSEWHERE,
                "next_check_at": at,
                "next_zone_at": at if is_here else None,
            },
        )
    return watch


# --- Zones that are ours ---------------------------------------------------------------------------------------------
def survey(domain: Domain, *, at: datetime) -> ZonePlan:
    """Say what is to change in the zone of a domain; touch nothing. Raises `ZonesError`."""
    if sentence := rules.why_not_write(domain):
        raise ZonesError(sentence, is_lasting=True)
    watch = watch_of(domain, at=at)
    zone = facts.zone_of(domain, is_here=True)
    records = facts.records_for(domain, at=at)
    holder = zones()
    is_new = not holder.exists(zone)
    names = [*(one.name for one in records), *_still_under(domain, watch.written.split())]
    found = () if is_new else holder.read(zone, names)
    return plan(zone, records, found, owner=domain.name, is_new=is_new)


def _still_under(domain: Domain, names: Iterable[str]) -> list[str]:
    return [one for one in names if one == domain.name or one.endswith(f".{domain.name}")]


def survey_base() -> ZonePlan:
    """Say what is to change in the operator's own records, on which every domain stands. Raises `ZonesError`."""
    zone, records, holder = settings.SOCLE_MAIL_DOMAIN, facts.base(), zones()
    if not zone:
        raise ZonesError("L’opérateur n’a pas de domaine de messagerie (SOCLE_MAIL_DOMAIN).", is_lasting=True)
    is_new = not holder.exists(zone)
    found = () if is_new else holder.read(zone, [one.name for one in records])
    return plan(zone, records, found, owner=OPERATOR, is_new=is_new)


def make_base() -> ZonePlan:
    """Make the operator's zone, and what every domain stands on. Raises `ZonesError`."""
    found = survey_base()
    _apply(found)
    return found


def _apply(found: ZonePlan) -> None:
    if found.conflicts:
        raise ZonesError(" ".join(found.conflicts), is_lasting=True)
    holder = zones()
    if found:
        holder.make(found.zone)
        holder.write(found.zone, found.sets)


def make_zone(domain: Domain, *, by: User, at: datetime) -> DomainWatch:
    """Make the zone of a domain say what it should. What fails is kept on its row, with the time of the next try.

    The world is asked outside of any transaction. Killed at any point, it begins again from what the zone holds.
    """
    watch = watch_of(domain, at=at)
    with locks.held(f"mail-zone-{domain.pk}") as is_mine:
        if not is_mine:
            return watch
        try:
            found = survey(domain, at=at)
            _apply(found)
            ds = "\n".join(zones().signed(found.zone).ds) if domain.is_own else ""
        except ZonesError as error:
            return _keep_failure(watch, error, by=by, at=at)
        written = {one.name for one in facts.records_for(domain, at=at)}
        return _keep_zone(watch, found, written=written, ds=ds, by=by, at=at)


@transaction.atomic
def _keep_zone(
    watch: DomainWatch, found: ZonePlan, *, written: set[str], ds: str, by: User, at: datetime
) -> DomainWatch:
    watch, is_due = _read_again(watch)
    watch.zone_at, watch.zone_problem, watch.zone_tries = at, "", 0
    watch.written, watch.ds = "\n".join(sorted(written)), ds
    if not is_due:
        watch.next_zone_at = at + DAILY
    if found:
        # What was just written is to be looked at as the others see it.
        watch.next_check_at = at
        journal.record("mail.zone_written", watch.domain, by=by, at=at, zone=found.zone, changes=len(found.differences))
    fields = ["zone_at", "zone_problem", "zone_tries", "written", "ds", "next_zone_at", "next_check_at"]
    watch.save(update_fields=fields)
    return watch


def _read_again(held: DomainWatch) -> tuple[DomainWatch, bool]:
    """Lock the row of a zone that was just asked about; say whether somebody set its next hour meanwhile.

    Its zone is then to be written again, or is another's now: that hour stays.
    """
    with scopes_disabled():  # One domain, named by the caller.
        watch = DomainWatch.objects.select_for_update(of=("self",)).select_related("domain").get(pk=held.pk)
    return watch, watch.next_zone_at != held.next_zone_at


@transaction.atomic
def _keep_failure(watch: DomainWatch, error: ZonesError, *, by: User, at: datetime) -> DomainWatch:
    was_here = watch.is_here
    watch, is_due = _read_again(watch)
    if was_here and not watch.is_here:
        return watch
    is_new = watch.zone_problem != error.sentence[:500]
    wait = LAST_RETRY if error.is_lasting else min(FIRST_RETRY * 2 ** min(watch.zone_tries, 10), LAST_RETRY)
    watch.zone_problem, watch.zone_tries = error.sentence[:500], watch.zone_tries + 1
    if not is_due:
        watch.next_zone_at = at + wait
    watch.save(update_fields=["zone_problem", "zone_tries", "next_zone_at"])
    if is_new:
        journal.record("mail.zone_failed", watch.domain, by=by, at=at)
    return watch


@dataclass(frozen=True)
class PlannedZone:
    """One domain of a plan, as printed before anything is touched."""

    domain: Domain
    plan: ZonePlan
    error: str = ""


def survey_all(chosen: Iterable[Domain], *, at: datetime) -> list[PlannedZone]:
    """Look at the zone of each domain and say what would be done; change nothing."""
    lines = []
    for domain in chosen:
        try:
            lines.append(PlannedZone(domain, survey(domain, at=at)))
        except ZonesError as error:
            lines.append(PlannedZone(domain, ZonePlan("", is_new=False), error.sentence))
    return lines


def write_all(
    lines: Iterable[PlannedZone], *, known: int, by: User, at: datetime, force: bool = False
) -> list[DomainWatch]:
    """Write what a survey found to be done. Refused beyond the ceiling of domains touched at once, unless forced."""
    touched = [line.domain for line in lines if line.plan]
    refuse(why_over_ceiling(len(touched), known=known, ceiling=settings.SOCLE_RECONCILE_CEILING, force=force))
    make_base()
    return [make_zone(domain, by=by, at=at) for domain in touched]


@transaction.atomic
def write_soon(domain: Domain, *, at: datetime) -> None:
    """Have the zone of a domain written again at the next round: a key was made, a state has changed."""
    watch = watch_of(domain, at=at)
    with scopes_disabled():  # One domain, named by the caller.
        DomainWatch.objects.filter(pk=watch.pk).update(next_check_at=at)
        DomainWatch.objects.filter(pk=watch.pk, holder=Holder.OPERATOR).update(next_zone_at=at, zone_tries=0)


@transaction.atomic
def entrust(domain: Domain, *, by: User, at: datetime) -> DomainWatch:
    """Make a zone for a commune's own domain on our name servers; its registrar is then told to ask them."""
    refuse(rules.why_not_entrust(domain, by=by, at=at))
    watch = watch_of(domain, at=at)
    if not watch.is_here:
        watch.holder, watch.next_zone_at = Holder.OPERATOR, at
        watch.save(update_fields=["holder", "next_zone_at"])
        journal.record("mail.domain_entrusted", domain, by=by, at=at)
    return watch


@transaction.atomic
def give_back(domain: Domain, *, by: User, at: datetime) -> DomainWatch:
    """Write the zone of a commune's own domain no more; what it holds stays, as long as someone asks our servers."""
    refuse(rules.why_not_give_back(domain, by=by, at=at))
    watch = watch_of(domain, at=at)
    watch.holder, watch.next_zone_at, watch.zone_problem = Holder.ELSEWHERE, None, ""
    watch.save(update_fields=["holder", "next_zone_at", "zone_problem"])
    journal.record("mail.domain_given_back", domain, by=by, at=at)
    return watch


# --- What the world sees ---------------------------------------------------------------------------------------------
def diagnosis_of(domain: Domain, heard: Heard, *, at: datetime) -> Diagnosis:
    """Explain what was heard of a domain."""
    records = facts.records_for(domain, at=at, with_site=False)
    is_in_service = domain.status in (Status.ACTIVE, Status.SUSPENDED)
    return diagnose(heard, records, servers=facts.servers(), is_in_service=is_in_service)


def check_domain(domain: Domain, *, by: User, at: datetime) -> DomainWatch | None:
    """Ask the DNS about a domain, keep what was seen. None when another process is asking.

    A domain whose mail arrives here is put in service by it, when it was waiting for that only.
    """
    watch_of(domain, at=at)
    with locks.held(f"mail-dns-{domain.pk}") as is_mine:
        if not is_mine:
            return None
        records = facts.records_for(domain, at=at, with_site=False)
        zone = facts.zone_of(domain, is_here=False)
        heard = asker().ask(questions(records), zone=zone)
        return record_check(domain, heard, by=by, at=at)


@transaction.atomic
def record_check(domain: Domain, heard: Heard, *, by: User, at: datetime) -> DomainWatch | None:
    """Keep what was heard of a domain; None when it is gone meanwhile."""
    with scopes_disabled():  # One domain, named by the caller.
        found = DomainWatch.objects.select_for_update(of=("self",)).select_related("domain").filter(domain=domain)
        watch = found.first()
        if watch is None:
            return None
        domain = watch.domain
        _note_proof(domain, heard, by=by, at=at)
        diagnosis = diagnosis_of(domain, heard, at=at)
        was_here = watch.is_mail_here
        _keep(domain, heard, diagnosis, at=at)
        watch.checked_at, watch.is_right, watch.is_mail_here = at, diagnosis.is_right, diagnosis.is_mail_here
        watch.next_check_at = at + _pace(domain, watch, at)
        watch.save(update_fields=["checked_at", "is_right", "is_mail_here", "next_check_at"])
        domain.checked_at = at
        domain.save(update_fields=["checked_at"])
        if watch.is_mail_here and not was_here:
            journal.record("mail.domain_arrives", domain, by=by, at=at)
        elif watch.is_mail_here is False and was_here:
            journal.record("mail.domain_lost", domain, by=by, at=at)
        if watch.is_mail_here and domain.status == Status.PREPARED:
            # From now on its mail is brought here: not to take it would be to lose it.
            system = User.objects.system()
            if why_not_activate(domain, by=system, on=dates.day_of(at)) is None:
                domains.activate(domain, by=system, at=at)
    return watch


def _note_proof(domain: Domain, heard: Heard, *, by: User, at: datetime) -> None:
    if domain.is_own:
        own = ensure(domain.beneficiary_id, domain.name, use=Use.MAIL, at=at)
        told = [line for source in (THERE, HERE) for line in heard.of(own.proof_host, "TXT", source)]
        note_proof(own, [read_text(line.value) for line in told], by=by, at=at)


def _keep(domain: Domain, heard: Heard, diagnosis: Diagnosis, *, at: datetime) -> None:
    last = DomainCheck.objects.filter(domain=domain).first()
    is_same = last is not None and (last.is_right, last.is_mail_here) == (diagnosis.is_right, diagnosis.is_mail_here)
    if last is not None and is_same and Heard.read(last.heard).facts == heard.facts:
        seen = DomainCheck.objects.filter(pk=last.pk)
        seen.update(last_at=at, count=models.F("count") + 1, heard=str(heard))
        return
    DomainCheck.objects.create(
        domain=domain,
        first_at=at,
        last_at=at,
        is_right=diagnosis.is_right,
        is_mail_here=diagnosis.is_mail_here,
        heard=str(heard),
    )
    old = DomainCheck.objects.filter(domain=domain).values_list("pk", flat=True)[KEPT_CHECKS:]
    DomainCheck.objects.filter(pk__in=list(old)).delete()


def _pace(domain: Domain, watch: DomainWatch, at: datetime) -> timedelta:
    if watch.is_right and watch.is_mail_here:
        return DAILY
    age = at - domain.made_at
    return EAGER if age < EAGER_FOR else PATIENT if age < PATIENT_FOR else DAILY


# --- What is due -----------------------------------------------------------------------------------------------------
def follow_new(*, at: datetime, limit: int) -> int:
    """Follow the domains that were chosen since the last round."""
    with scopes_disabled():  # Of every beneficiary.
        new = list(Domain.objects.filter(watch__isnull=True).exclude(status=Status.CLOSED)[:limit])
        for domain in new:
            watch_of(domain, at=at)
    return len(new)


def due_checks(*, at: datetime, limit: int) -> list[Domain]:
    """The domains whose next check has come, the longest waiting first."""
    with scopes_disabled():  # Of every beneficiary: each is then looked at by itself.
        due = Domain.objects.filter(watch__next_check_at__lte=at).exclude(status=Status.CLOSED)
        return list(due.order_by("watch__next_check_at", "pk")[:limit])


def due_zones(*, at: datetime, limit: int) -> list[Domain]:
    """The domains whose zone is to be written, or looked at again."""
    with scopes_disabled():  # Of every beneficiary: each is then written by itself.
        due = Domain.objects.filter(watch__next_zone_at__lte=at, watch__holder=Holder.OPERATOR)
        return list(due.order_by("watch__next_zone_at", "pk")[:limit])
