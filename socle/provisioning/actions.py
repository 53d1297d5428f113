"""Opening rights, and making what is there answer what is wanted."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django_scopes import scope, scopes_disabled

from socle.agreements.models import Agreement, ChosenService, Status
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.due import has_come
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User
from socle.provisioning import rules
from socle.provisioning.contract import EngineError, Observed, Plan, Wanted
from socle.provisioning.engines import engine_for
from socle.provisioning.models import NEXT_LOOK, Installation, Right, State

logger = logging.getLogger("socle.provisioning")

# A claim outlives any step; a worker killed in the middle loses it after this delay and another takes over.
CLAIM = timedelta(minutes=2)
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=6)
UNFORESEEN = "Le moteur a rencontré une erreur imprévue."
# What a look writes of an installation, whatever it saw. The wish and the beneficiary belong to people.
KEPT_OF_A_LOOK = ("state", "attempts", "last_error", "looked_at", "next_look_at", "claimed_until")


@transaction.atomic
def open_rights(agreement: Agreement, *, by: User, at: datetime) -> list[Right]:
    """Open the rights a concluded agreement gives and want the installations that answer them; idempotent.

    Returns the rights opened by this call. Only services the platform itself provisions have an installation.
    """
    refuse(None if agreement.status == Status.SIGNED else "La convention n’est pas conclue : aucun droit ne s’ouvre.")
    bound = agreement.bound
    with scope(beneficiary=bound):
        # Two callers never open the same right: the second one waits, and finds it.
        Beneficiary.objects.select_for_update().values_list("pk").get(pk=bound.pk)
        services = []
        for service in agreement.chosen():
            if reason := rules.why_not_open(service):
                # The others open; this one does when its annex is complete and the agreement says it.
                logger.warning("right.not_opened service=%s: %s", service.code, reason)
            else:
                services.append(service)
        there = {right.service_id: right for right in Right.objects.filter(beneficiary=bound)}
        opened = Right.objects.bulk_create(
            Right(beneficiary=bound, service=service, agreement=agreement, opened_at=at)
            for service in services
            if service.pk not in there
        )
        rights = there | {right.service_id: right for right in opened}
        installed = set(Installation.objects.filter(beneficiary=bound).values_list("right_id", flat=True))
        Installation.objects.bulk_create(
            Installation(
                right=rights[service.pk],
                beneficiary=bound,
                service=service,
                is_simulated=_is_simulated(service.code),
            )
            for service in services
            if service.is_provisioned and rights[service.pk].pk not in installed
        )
        for service in services:
            right = there.get(service.pk)
            if right is not None and right.agreement_id != agreement.pk and right.agreement.status == Status.ENDED:
                _take_over(right, agreement, by=by, at=at)
        for right in opened:
            journal.record("right.opened", right, by=by, at=at, service=right.service.code, agreement=agreement.number)
    return opened


def _take_over(right: Right, agreement: Agreement, *, by: User, at: datetime) -> None:
    """Let a new agreement give the right that one that is over gave; closed meanwhile, it opens again."""
    right.agreement = agreement
    right.save(update_fields=["agreement"])
    if right.closed_at is not None:
        reopen_right(right, with_installation=True, by=by, at=at)


def close_ended_rights(*, by: User, at: datetime) -> int:
    """Close what is given no more, once the months of reversibility have passed; return how many rights.

    By agreements that are over, or by an amendment that took the service away.
    """
    closed = 0
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        chosen = ChosenService.objects.filter(agreement=OuterRef("agreement"), service=OuterRef("service"))
        due = Right.objects.filter(closed_at__isnull=True).filter(
            Q(agreement__status=Status.ENDED) | Q(~Exists(chosen), agreement__status=Status.SIGNED)
        )
        for right in due.select_related("agreement__type", "service", "beneficiary").order_by("pk"):
            last_day = right.agreement.ends_on if right.agreement.status == Status.ENDED else _taken_away_on(right)
            months = right.agreement.type.reversibility_months
            if last_day is not None and dates.add_months(last_day, months) < dates.day_of(at):
                close_right(right, by=by, at=at)
                closed += 1
    return closed


def _taken_away_on(right: Right) -> date | None:
    """The day on which an amendment took this service away, for good; None when no amendment did."""
    day = None
    for amendment in right.agreement.amendments.filter(status=Status.SIGNED).order_by("-signed_at"):
        if amendment.choices.filter(service=right.service_id).exists():
            break
        day = amendment.starts_on
    return day


def open_missing_rights(*, by: User, at: datetime) -> int:
    """Re-derive the rights due from every concluded agreement, and from those amended since yesterday, so that a lost
    message loses nothing.
    """
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        amended = Agreement.every.filter(
            amends__isnull=False, status=Status.SIGNED, signed_at__gte=at - timedelta(days=1)
        )
        without = Agreement.objects.exclude(pk__in=Right.objects.values("agreement"))
        due = Agreement.objects.filter(Q(pk__in=without) | Q(pk__in=amended.values("amends")))
        agreements = list(due.filter(status=Status.SIGNED, choices__isnull=False).distinct())
    return sum(len(open_rights(agreement, by=by, at=at)) for agreement in agreements)


def _is_simulated(service_code: str) -> bool:
    try:
        return engine_for(service_code).is_simulated
    except EngineError:
        return False


@dataclass(frozen=True)
class PlannedChange:
    """One line of a reconciliation's plan, as printed before anything is touched."""

    installation: Installation
    plan: Plan
    error: str = ""
    # Why it waits for its engine: nothing is to be done meanwhile.
    waits: str = ""


def survey(installations: Iterable[Installation]) -> list[PlannedChange]:
    """Look at each installation and say what would be done; change nothing."""
    lines = []
    for installation in installations:
        if reason := rules.why_waits(installation):
            lines.append(PlannedChange(installation, Plan(), waits=reason))
            continue
        try:
            engine = engine_for(installation.service.code)
            observed = engine.observe(installation.beneficiary)
            lines.append(PlannedChange(installation, engine.plan(_wanted(installation), observed)))
        except EngineError as error:
            lines.append(PlannedChange(installation, Plan(), error.sentence))
        except Exception:
            # A defect of an engine must not hide the other communes; its trace goes to the log only.
            logger.exception("engine failed", extra={"installation": installation.pk})
            lines.append(PlannedChange(installation, Plan(), UNFORESEEN))
    return lines


def _wanted(installation: Installation) -> Wanted:
    return Wanted(installation.beneficiary, installation.service.code, installation.wanted_present)


def reconcile(
    lines: list[PlannedChange], *, known_beneficiaries: int, by: User, at: datetime, force: bool = False
) -> Iterator[Installation]:
    """Apply a survey, row by row. Refused beyond the ceiling of beneficiaries touched at once, unless forced."""
    touched = {line.installation.beneficiary_id for line in lines if line.plan or line.error}
    refuse(
        rules.why_over_ceiling(
            len(touched), known=known_beneficiaries, ceiling=settings.SOCLE_RECONCILE_CEILING, force=force
        )
    )
    for line in lines:
        one = line.installation
        # A real server that took the place of a twin, or the other way round, is said even where nothing is to be done.
        is_told = one.is_simulated == _is_simulated(one.service.code)
        if line.plan or line.error or line.waits or one.state != State.LIVE or not is_told:
            yield make_so(one, by=by, at=at)


def make_so(installation: Installation, *, by: User, at: datetime) -> Installation:
    """Make one installation answer what is wanted: look, plan, apply step by step, look again.

    Each step and its journal line are one transaction; a worker killed between two steps leaves a true state, and the
    next one goes on. Only one worker holds an installation at a time. An engine's failure is kept on the row with the
    time of the next try (back-off doubling from one minute to six hours) and never raised. A service without its engine
    is « à mettre en service », and waits for it.
    """
    with scope(beneficiary=installation.beneficiary):
        if not _claim(installation, at=at):
            return Installation.objects.select_related("beneficiary", "service").get(pk=installation.pk)
        installation = Installation.objects.select_related("beneficiary", "service").get(pk=installation.pk)
        if rules.why_waits(installation):
            return _keep_waiting(installation, by=by, at=at)
        try:
            observed = _converge(installation, by=by, at=at)
        except EngineError as error:
            return _keep_failure(installation, error.sentence, is_lasting=error.is_lasting, by=by, at=at)
        except Exception:
            # A defect of an engine must not stop the loop for the other communes; its trace goes to the log only.
            logger.exception("engine failed", extra={"installation": installation.pk})
            return _keep_failure(installation, UNFORESEEN, by=by, at=at)
        return _keep_success(installation, observed, by=by, at=at)


def _free(at: datetime) -> Q:
    """Those that nobody has claimed, or whose claim is over."""
    return Q(claimed_until__isnull=True) | has_come("claimed_until", at, within=CLAIM)


def _claim(installation: Installation, *, at: datetime) -> bool:
    return bool(Installation.objects.filter(_free(at), pk=installation.pk).update(claimed_until=at + CLAIM))


def _aim(installation: Installation) -> State:
    return State.LIVE if installation.wanted_present else State.SUSPENDED


def _pass_to(installation: Installation, to: State) -> None:
    refuse(rules.why_not_become(installation, to))
    installation.state = to


def _converge(installation: Installation, *, by: User, at: datetime) -> Observed:
    if reason := rules.why_not_become(installation, _aim(installation)):
        raise EngineError(reason)  # Kept and tried again: the loop goes on for the others.
    engine = engine_for(installation.service.code)
    wanted = _wanted(installation)
    observed = engine.observe(installation.beneficiary)
    plan = engine.plan(wanted, observed)
    for change in plan.changes:
        with transaction.atomic():
            engine.apply(change)
            journal.record(
                "installation.step",
                installation,
                by=by,
                at=at,
                service=installation.service.code,
                change=change.verb,
                key=change.key,
            )
    if plan:
        observed = engine.observe(installation.beneficiary)
    if observed.is_present != wanted.is_present:
        raise EngineError(f"Après les étapes, il reste un écart : {observed.says}")
    return observed


def _read_again(held: Installation) -> tuple[Installation, bool]:
    """Lock the row of an installation that an engine was asked about, and say whether its answer still counts.

    It does not when the wish or the beneficiary moved meanwhile, or when another worker took the installation over.
    """
    with scopes_disabled():  # It may belong to another beneficiary by now.
        rows = Installation.objects.select_for_update(of=("self",)).select_related("beneficiary", "service")
        row = rows.get(pk=held.pk)
    is_ours = row.claimed_until == held.claimed_until
    if is_ours and row.wanted_present != held.wanted_present:
        # Its new wish is due at once.
        row.claimed_until = None
        row.save(update_fields=["claimed_until"])
        return row, False
    return row, is_ours and row.beneficiary_id == held.beneficiary_id


@transaction.atomic
def _keep_success(held: Installation, observed: Observed, *, by: User, at: datetime) -> Installation:
    installation, counts = _read_again(held)
    if not counts:
        return installation
    was = installation.state
    _pass_to(installation, _aim(installation))
    installation.found, installation.proof = observed.says[:300], observed.proof[:300]
    installation.looked_at, installation.next_look_at = at, at + NEXT_LOOK
    installation.attempts, installation.last_error, installation.claimed_until = 0, "", None
    installation.is_simulated = engine_for(installation.service.code).is_simulated
    installation.save(update_fields=[*KEPT_OF_A_LOOK, "found", "proof", "is_simulated"])
    if was != installation.state:
        verb = "installation.live" if installation.wanted_present else "installation.suspended"
        journal.record(verb, installation, by=by, at=at, service=installation.service.code, proof=installation.proof)
    return installation


@transaction.atomic
def _keep_failure(
    held: Installation, sentence: str, *, is_lasting: bool = False, by: User, at: datetime
) -> Installation:
    installation, counts = _read_again(held)
    if not counts:
        return installation
    installation.attempts += 1
    _pass_to(installation, State.FAILED)
    installation.last_error = sentence[:500]
    installation.looked_at, installation.claimed_until = at, None
    installation.next_look_at = at + (LAST_RETRY if is_lasting else retry_delay(installation.attempts))
    installation.save(update_fields=KEPT_OF_A_LOOK)
    journal.record(
        "installation.failed",
        installation,
        by=by,
        at=at,
        service=installation.service.code,
        attempt=installation.attempts,
    )
    return installation


@transaction.atomic
def _keep_waiting(held: Installation, *, by: User, at: datetime) -> Installation:
    """Say that an installation waits for its engine, whatever a twin had said of it; unwanted, that it is suspended."""
    installation, counts = _read_again(held)
    if not counts:
        return installation
    was = installation.state
    _pass_to(installation, State.PENDING if installation.wanted_present else State.SUSPENDED)
    # Nobody has looked: what a twin had found was nowhere.
    installation.found, installation.proof, installation.is_simulated = "", "", False
    installation.looked_at, installation.next_look_at = None, None
    installation.attempts, installation.last_error, installation.claimed_until = 0, "", None
    installation.save(update_fields=[*KEPT_OF_A_LOOK, "found", "proof", "is_simulated"])
    if was != installation.state:
        verb = "installation.waiting" if installation.wanted_present else "installation.suspended"
        journal.record(verb, installation, by=by, at=at, service=installation.service.code)
    return installation


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after this number of failures in a row: doubles from one minute, never above six hours."""
    doublings: int = min(attempts - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LAST_RETRY)


def reconcile_due(*, by: User, at: datetime, limit: int = 50) -> int:
    """The worker's tick: open missing rights, make so what is due, oldest first; return how many were looked at."""
    open_missing_rights(by=by, at=at)
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        due = list(
            Installation.objects.due(at)
            .filter(_free(at))
            .select_related("beneficiary", "service")
            .order_by("next_look_at", "id")[:limit]
        )
    for installation in due:
        make_so(installation, by=by, at=at)
    return len(due)


@transaction.atomic
def suspend(installation: Installation, *, by: User, at: datetime) -> Installation:
    """Want a service no more for now. Suspending is not deleting: the engine keeps everything the commune wrote."""
    refuse(rules.why_not_suspend(installation, by=by, on=dates.day_of(at)))
    installation.wanted_present = False
    installation.next_look_at = None
    _pass_to(installation, State.PENDING)
    installation.save(update_fields=["wanted_present", "next_look_at", "state"])
    journal.record("installation.suspension_wanted", installation, by=by, at=at)
    return installation


@transaction.atomic
def resume(installation: Installation, *, by: User, at: datetime) -> Installation:
    """Want a suspended service again."""
    refuse(rules.why_not_resume(installation, by=by, on=dates.day_of(at)))
    installation.wanted_present = True
    installation.next_look_at = None
    _pass_to(installation, State.PENDING)
    installation.save(update_fields=["wanted_present", "next_look_at", "state"])
    journal.record("installation.resumption_wanted", installation, by=by, at=at)
    return installation


@transaction.atomic
def try_again(installation: Installation, *, by: User, at: datetime) -> Installation:
    """Ask for another try of a failed installation now."""
    refuse(rules.why_not_try_again(installation, by=by, on=dates.day_of(at)))
    installation.next_look_at = at
    installation.save(update_fields=["next_look_at"])
    journal.record("installation.retry_asked", installation, by=by, at=at)
    return installation


@transaction.atomic
def move_right(right: Right, *, to: Beneficiary, by: User, at: datetime) -> Right:
    """Give a right and its installation to another beneficiary; the loop then makes it so there. Nothing is removed."""
    refuse(rules.why_not_move_right(right, to))
    right.beneficiary = to
    right.save(update_fields=["beneficiary"])
    with scopes_disabled():  # The installation leaves one beneficiary for another.
        Installation.objects.filter(right=right).update(
            beneficiary=to, state=State.PENDING, found="", proof="", next_look_at=None, claimed_until=None
        )
    journal.record("right.moved", right, by=by, at=at, service=right.service.code)
    return right


@transaction.atomic
def close_right(right: Right, *, by: User, at: datetime) -> bool:
    """Close a right; its installation is suspended, nothing is deleted. Say whether this call suspended it."""
    right.closed_at = at
    right.save(update_fields=["closed_at"])
    with scopes_disabled():  # The right names its own installation.
        suspended = Installation.objects.filter(right=right, wanted_present=True).update(
            wanted_present=False, next_look_at=None, state=State.PENDING
        )
    journal.record("right.closed", right, by=by, at=at, service=right.service.code)
    return bool(suspended)


@transaction.atomic
def reopen_right(right: Right, *, with_installation: bool, by: User, at: datetime) -> Right:
    """Open a closed right again, and want its installation again if closing had suspended it."""
    right.closed_at = None
    right.save(update_fields=["closed_at"])
    if with_installation:
        with scopes_disabled():  # The right names its own installation.
            Installation.objects.filter(right=right).update(wanted_present=True, next_look_at=None, state=State.PENDING)
    journal.record("right.reopened", right, by=by, at=at, service=right.service.code)
    return right
