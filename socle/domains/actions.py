"""Actions on names: checked in the DNS, their zones written where we hold them, entrusted to us, given back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string
from django_scopes import scopes_disabled

from socle.domains import rules
from socle.domains.contract import HERE, THERE, Dns, Heard, Zones, ZonesError
from socle.domains.diagnosis import Diagnosis, diagnose, questions
from socle.domains.models import DomainCheck, DomainName, Holder
from socle.domains.ownership import note_proof
from socle.domains.records import is_under, read_text
from socle.domains.uses import base_records, uses_of, wanted_records
from socle.domains.zones import OPERATOR, ZonePlan, plan
from socle.journal import actions as journal
from socle.lib import dates, locks
from socle.lib.domains import zone_of
from socle.lib.due import has_come
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.provisioning.rules import why_over_ceiling

# How often a name is looked at: soon after what is heard of it changed, then less and less; once served, each day.
EAGER, PATIENT, DAILY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
EAGER_FOR, PATIENT_FOR = timedelta(days=1), timedelta(days=14)
KEPT_CHECKS = 50
# A zone that is right is looked at again, so that what was undone by hand is seen; one that failed, sooner and sooner.
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=6)


def dns() -> Dns:
    """Whoever asks the DNS for us."""
    made: Dns = import_string(settings.SOCLE_DNS)()
    return made


def zones() -> Zones:
    """Whoever holds the zones. Raises `ZonesError` when nobody does."""
    if not settings.SOCLE_ZONES:
        raise ZonesError("Aucun serveur de noms n’est confié à la plateforme (SOCLE_POWERDNS_URL).", is_lasting=True)
    made: Zones = import_string(settings.SOCLE_ZONES)()
    return made


# --- What the DNS says -----------------------------------------------------------------------------------------------
def check_name(name: DomainName, *, by: User, at: datetime) -> DomainName | None:
    """Ask the DNS about a name, keep what was heard, and do what follows. None when another process is asking.

    The world is asked outside of any transaction: it takes seconds.
    """
    with locks.held(f"name-{name.pk}") as is_mine:
        if not is_mine:
            return None
        asked = questions(wanted_records(name, at=at))
        heard = dns().ask(asked, zone=zone_of(name.name) if name.is_own else name.zone)
        checked = record_check(name, heard, by=by, at=at)
        if checked is not None:
            diagnosis = diagnosis_of(checked, heard, at=at)
            for use in uses_of(checked):
                use.finish(checked, diagnosis, by=by, at=at)
        return checked


def diagnosis_of(name: DomainName, heard: Heard, *, at: datetime) -> Diagnosis:
    """Explain what was heard of a name."""
    return diagnose(heard, wanted_records(name, at=at))


@transaction.atomic
def record_check(name: DomainName, heard: Heard, *, by: User, at: datetime) -> DomainName | None:
    """Keep what was heard of a name, and let what it serves follow; None when it was released meanwhile."""
    with scopes_disabled():  # One name, given by the caller.
        if (found := _locked(name)) is None:
            return None
        said = [line.value for source in (THERE, HERE) for line in heard.of(found.proof_host, "TXT", source)]
        note_proof(found, [read_text(one) for one in said], by=by, at=at)
        diagnosis = diagnosis_of(found, heard, at=at)
        check = _keep(found, heard, diagnosis, at=at)
        followed = [use.follow(found, diagnosis, by=by, at=at) for use in uses_of(found)]
        found.checked_at, found.is_right = at, diagnosis.is_right
        found.next_check_at = at + (DAILY if found.is_right and all(followed) else _pace(at - check.first_at))
        found.save(update_fields=["proved_at", "checked_at", "is_right", "next_check_at"])
    return found


def _locked(name: DomainName) -> DomainName | None:
    """The row of a name as it is now, held until the end of the transaction; None when it was released."""
    with scopes_disabled():  # One name, given by the caller.
        rows = DomainName.objects.select_for_update(of=("self",)).select_related("beneficiary")
        found: DomainName | None = rows.filter(pk=name.pk).first()
    return found


def _keep(name: DomainName, heard: Heard, diagnosis: Diagnosis, *, at: datetime) -> DomainCheck:
    every = DomainCheck.objects.filter(domain=name)
    last = every.first()
    if last is not None and last.is_right == diagnosis.is_right and Heard.read(last.heard).facts == heard.facts:
        every.filter(pk=last.pk).update(last_at=at, count=models.F("count") + 1, heard=str(heard))
        return last
    made = every.create(domain=name, first_at=at, last_at=at, is_right=diagnosis.is_right, heard=str(heard))
    every.filter(pk__in=list(every.values_list("pk", flat=True)[KEPT_CHECKS:])).delete()
    return made


def _pace(age: timedelta) -> timedelta:
    return EAGER if age < EAGER_FOR else PATIENT if age < PATIENT_FOR else DAILY


def due_checks(*, at: datetime, limit: int) -> list[DomainName]:
    """The names whose next check has come, the longest waiting first."""
    with scopes_disabled():  # Of every beneficiary: each is then looked at by itself.
        due = DomainName.objects.filter(has_come("next_check_at", at, within=DAILY)).select_related("beneficiary")
        return list(due.order_by("next_check_at", "pk")[:limit])


# --- Zones that we hold ----------------------------------------------------------------------------------------------
def survey(name: DomainName, *, at: datetime) -> ZonePlan:
    """Say what is to change in the zone of a name; touch nothing. Raises `ZonesError`."""
    if sentence := rules.why_not_write(name):
        raise ZonesError(sentence, is_lasting=True)
    zone = name.zone if not name.is_own else name.name
    records = wanted_records(name, at=at)
    holder = zones()
    is_new = not holder.exists(zone)
    names = [*(one.name for one in records), *(one for one in name.written.split() if is_under(one, name.name))]
    found = () if is_new else holder.read(zone, names)
    return plan(zone, records, found, owner=name.name, is_new=is_new)


def survey_base() -> ZonePlan:
    """Say what is to change in the operator's own records, on which every name stands. Raises `ZonesError`."""
    zone, records, holder = settings.SOCLE_MAIL_DOMAIN, base_records(), zones()
    if not zone:
        raise ZonesError("L’opérateur n’a pas de domaine de messagerie (SOCLE_MAIL_DOMAIN).", is_lasting=True)
    is_new = not holder.exists(zone)
    found = () if is_new else holder.read(zone, [one.name for one in records])
    return plan(zone, records, found, owner=OPERATOR, is_new=is_new)


def make_base() -> ZonePlan:
    """Make the operator's zone, and what every name stands on. Raises `ZonesError`."""
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


def make_zone(name: DomainName, *, by: User, at: datetime) -> DomainName:
    """Make the zone of a name say what it should. What fails is kept on its row, with the time of the next try.

    The world is asked outside of any transaction. Killed at any point, it begins again from what the zone holds.
    """
    with locks.held(f"name-zone-{name.pk}") as is_mine:
        if not is_mine:
            return name
        with scopes_disabled():  # One name, given by the caller.
            name = DomainName.objects.select_related("beneficiary").get(pk=name.pk)
        try:
            found = survey(name, at=at)
            _apply(found)
            ds = "\n".join(zones().signed(found.zone).ds) if name.is_own else ""
        except ZonesError as error:
            return _keep_failure(name, error, by=by, at=at)
        written = {one.name for one in wanted_records(name, at=at)}
        return _keep_zone(name, found, written=written, ds=ds, by=by, at=at)


@transaction.atomic
def _keep_zone(held: DomainName, found: ZonePlan, *, written: set[str], ds: str, by: User, at: datetime) -> DomainName:
    if (name := _locked(held)) is None:
        return held
    name.zone_at, name.zone_problem, name.zone_tries = at, "", 0
    name.written, name.ds = "\n".join(sorted(written)), ds
    # Its next hour, set by somebody meanwhile, stays: it is to be written again, or its zone is another's now.
    if name.next_zone_at == held.next_zone_at:
        name.next_zone_at = at + DAILY
    if found:
        # What was just written is to be looked at as the others see it.
        name.next_check_at = at
        journal.record("mail.zone_written", name, by=by, at=at, zone=found.zone, changes=len(found.differences))
    fields = ["zone_at", "zone_problem", "zone_tries", "written", "ds", "next_zone_at", "next_check_at"]
    name.save(update_fields=fields)
    return name


@transaction.atomic
def _keep_failure(held: DomainName, error: ZonesError, *, by: User, at: datetime) -> DomainName:
    name = _locked(held)
    if name is None or (held.is_here and not name.is_here):
        return name or held
    is_new = name.zone_problem != error.sentence[:500]
    wait = LAST_RETRY if error.is_lasting else min(FIRST_RETRY * 2 ** min(name.zone_tries, 10), LAST_RETRY)
    name.zone_problem, name.zone_tries = error.sentence[:500], name.zone_tries + 1
    if name.next_zone_at == held.next_zone_at:
        name.next_zone_at = at + wait
    name.save(update_fields=["zone_problem", "zone_tries", "next_zone_at"])
    if is_new:
        journal.record("mail.zone_failed", name, by=by, at=at)
    return name


def due_zones(*, at: datetime, limit: int) -> list[DomainName]:
    """The names whose zone is to be written, or looked at again."""
    with scopes_disabled():  # Of every beneficiary: each is then written by itself.
        is_time = has_come("next_zone_at", at, within=DAILY)
        due = DomainName.objects.filter(is_time, holder=Holder.OPERATOR).select_related("beneficiary")
        return list(due.order_by("next_zone_at", "pk")[:limit])


@dataclass(frozen=True)
class PlannedZone:
    """One name of a plan, as printed before anything is touched."""

    name: DomainName
    plan: ZonePlan
    error: str = ""


def survey_all(chosen: Iterable[DomainName], *, at: datetime) -> list[PlannedZone]:
    """Look at the zone of each name and say what would be done; change nothing."""
    lines = []
    for name in chosen:
        try:
            lines.append(PlannedZone(name, survey(name, at=at)))
        except ZonesError as error:
            lines.append(PlannedZone(name, ZonePlan("", is_new=False), error.sentence))
    return lines


def survey_here(names: Iterable[DomainName], *, at: datetime) -> tuple[ZonePlan, list[PlannedZone]]:
    """Look at the operator's own records, and at the zones of these names. Raises `ZonesError`."""
    return survey_base(), survey_all(names, at=at)


def zones_here() -> models.QuerySet[DomainName]:
    """The names whose zones we hold."""
    return DomainName.objects.filter(holder=Holder.OPERATOR).select_related("beneficiary").order_by("name")


def write_all(
    lines: Iterable[PlannedZone], *, known: int, by: User, at: datetime, force: bool = False
) -> list[DomainName]:
    """Write what a survey found to be done. Refused beyond the ceiling of names touched at once, unless forced."""
    touched = [line.name for line in lines if line.plan]
    refuse(why_over_ceiling(len(touched), known=known, ceiling=settings.SOCLE_RECONCILE_CEILING, force=force))
    make_base()
    return [make_zone(name, by=by, at=at) for name in touched]


@transaction.atomic
def entrust(name: DomainName, *, by: User, at: datetime) -> DomainName:
    """Make a zone for a body's own name on our name servers; its registrar is then told to ask them."""
    name = _locked(name) or name
    refuse(rules.why_not_entrust(name, by=by, on=dates.day_of(at)))
    if not name.is_here:
        name.holder, name.next_zone_at = Holder.OPERATOR, at
        name.save(update_fields=["holder", "next_zone_at"])
        journal.record("mail.domain_entrusted", name, by=by, at=at)
    return name


@transaction.atomic
def give_back(name: DomainName, *, by: User, at: datetime) -> DomainName:
    """Write the zone of a body's own name no more; what it holds stays, as long as someone asks our servers."""
    name = _locked(name) or name
    refuse(rules.why_not_give_back(name, by=by, on=dates.day_of(at)))
    name.holder, name.next_zone_at, name.zone_problem = Holder.ELSEWHERE, None, ""
    name.save(update_fields=["holder", "next_zone_at", "zone_problem"])
    journal.record("mail.domain_given_back", name, by=by, at=at)
    return name
