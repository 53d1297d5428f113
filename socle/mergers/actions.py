"""Importing a vintage and drafting what follows; carrying a merger, and giving everything back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django_scopes import scopes_disabled

from socle.agreements import priorities, successions
from socle.agreements.models import Agreement, Succession
from socle.agreements.models import Status as AgreementStatus
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.lib.rows import held
from socle.lib.siret import spaced
from socle.mergers import queries, rules
from socle.mergers.models import Choice, MergerPlan, PlanLine, Status
from socle.people import actions as people
from socle.people.models import Beneficiary, Membership, Role, User
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Right
from socle.sites import actions as websites
from socle.sites.models.sites import WebSite
from socle.territory.candidates import Candidate
from socle.territory.differences import Difference, Kind
from socle.territory.importing import ImportReport, import_vintage
from socle.territory.models import Commune

LineKind = PlanLine.Kind


# What is read with one that is held.
JOINED = ("beneficiary__commune", "beneficiary__department", "other")


@transaction.atomic
def bring_vintage(
    candidate: Candidate,
    *,
    forced_share: Decimal | None = None,
    expected: str = "",
    by: User,
    at: datetime,
    progress: Callable[[str], None] | None = None,
) -> tuple[ImportReport, list[MergerPlan]]:
    """Import a vintage, and draft the plans of the beneficiaries it touches; all or nothing. Raises Refused."""
    report = import_vintage(
        candidate,
        thresholds=queries.thresholds(),
        forced_share=forced_share,
        expected=expected,
        by=by,
        at=at,
        progress=progress,
    )
    plans = draft_missing_plans(by=by, at=at) + draft_split_plans(report.difference, by=by, at=at)
    # At once: whoever has just confirmed reads the ranks that follow from it, worker or not.
    priorities.keep_assessments(by=by, at=at)
    return report, plans


# --- Drafting --------------------------------------------------------------------------------------------------------
@transaction.atomic
def draft_missing_plans(*, by: User, at: datetime) -> list[MergerPlan]:
    """Draft a plan for each beneficiary whose commune merged and that has none; whatever told of the merger."""
    merged = Beneficiary.objects.filter(commune__gone_in__isnull=False, commune__merged_into__isnull=False)
    with scopes_disabled():  # The map is everybody's: every beneficiary in turn.
        known = set(MergerPlan.objects.filter(kind=MergerPlan.Kind.MERGER).values_list("beneficiary_id", "other_id"))
        plans = []
        for beneficiary in merged.select_related("commune__merged_into", "department").order_by("pk"):
            assert beneficiary.commune is not None  # The filter asks for one.
            heir = beneficiary.commune.heir
            if (beneficiary.pk, heir.pk) not in known:
                plans.append(_draft_merger(beneficiary, heir, by=by, at=at))
    return plans


def _draft_merger(beneficiary: Beneficiary, heir: Commune, *, by: User, at: datetime) -> MergerPlan:
    commune = beneficiary.commune
    assert commune is not None
    assert commune.gone_in is not None  # It merged.
    plan = MergerPlan.objects.create(
        beneficiary=beneficiary, other=heir, year=commune.gone_in, drafted_at=at, effect_on=dates.day_of(at)
    )
    PlanLine.objects.bulk_create([*_things_of(plan, at=at), *_tasks_of_merger(plan, heir)])
    for line in plan.lines.exclude(kind=LineKind.TASK):
        line.choice = _default(line, by=User.objects.system(), on=dates.day_of(at))
        line.save(update_fields=["choice"])
    # In the directory its mairie is no more: its site says where the new one is.
    for website in WebSite.objects.filter(beneficiary=beneficiary):
        websites.gather_facts_of_heir(website, by=by, at=at)
    journal.record("merger.drafted", plan, by=by, at=at, insee_code=heir.insee_code, year=plan.year)
    return plan


def _things_of(plan: MergerPlan, *, at: datetime) -> Iterable[PlanLine]:
    of = plan.beneficiary
    for agreement in Agreement.objects.filter(beneficiary=of).exclude(status=AgreementStatus.CANCELLED).order_by("pk"):
        yield PlanLine(plan=plan, kind=LineKind.AGREEMENT, agreement=agreement)
    for website in WebSite.objects.filter(beneficiary=of):
        yield PlanLine(plan=plan, kind=LineKind.SITE, website=website)
    for membership in Membership.objects.active_on(dates.day_of(at)).filter(beneficiary=of).order_by("role", "pk"):
        yield PlanLine(plan=plan, kind=LineKind.PERSON, membership=membership)
    for right in Right.objects.filter(beneficiary=of, closed_at__isnull=True).order_by("service__order"):
        yield PlanLine(plan=plan, kind=LineKind.RIGHT, right=right)


def _tasks_of_merger(plan: MergerPlan, heir: Commune) -> Iterable[PlanLine]:
    def task(says: str) -> PlanLine:
        return PlanLine(plan=plan, kind=LineKind.TASK, says=says)

    yield task(f"Prévenir la mairie de {heir.name} et convenir avec elle de chaque ligne.")
    known = Beneficiary.objects.filter(commune=heir).first()
    if known is None:
        yield task(f"{heir.name} sera inscrite au programme quand le plan sera appliqué : faites confirmer son SIRET.")
    elif heir.siren and known.siret and not known.siret.startswith(heir.siren):
        yield task(
            f"Le SIREN de {heir.name} est désormais {spaced(heir.siren)} : faites confirmer son nouveau SIRET par "
            "la mairie."
        )
    unsigned = Agreement.objects.filter(
        beneficiary=plan.beneficiary, status__in=[AgreementStatus.DRAFT, AgreementStatus.READY]
    )
    for agreement in unsigned:
        yield task(f"Abandonner le projet n° {agreement.number}, et en rédiger un avec {heir.name} s’il y a lieu.")
    if Agreement.objects.filter(beneficiary=plan.beneficiary, status=AgreementStatus.SIGNED).exists():
        yield task("Faire délibérer et signer l’avenant de transfert, puis l’annexer à la convention.")


def _default(line: PlanLine, *, by: User, on: date) -> Choice:
    """The first choice that is possible today; a mayor's office ends with the commune, whatever the rest."""
    if line.membership is not None and line.membership.role == Role.MAYOR:
        return Choice.END
    heir = rules.heir_of(line.plan)
    possible = (
        choice for choice in rules.choices_of(line) if rules.why_impossible(line, choice, heir, by=by, on=on) is None
    )
    return next(possible, Choice.KEEP)


@transaction.atomic
def draft_split_plans(difference: Difference, *, by: User, at: datetime) -> list[MergerPlan]:
    """Draft the tasks of each beneficiary another commune leaves. Nothing moves by itself: nobody knows whose it is."""
    plans = []
    for line in difference.of(Kind.SPLIT):
        beneficiary = Beneficiary.objects.filter(commune__insee_code=line.other).select_related("commune").first()
        child = Commune.objects.filter(insee_code=line.insee_code).first()
        if beneficiary is None or child is None:
            continue
        with scopes_disabled():  # The map is everybody's: every beneficiary in turn.
            plan, is_new = MergerPlan.objects.get_or_create(
                beneficiary=beneficiary,
                kind=MergerPlan.Kind.SPLIT,
                other=child,
                defaults={
                    "year": difference.candidate.year,
                    "drafted_at": at,
                    "effect_on": dates.day_of(at),
                },
            )
            if not is_new:
                continue
            PlanLine.objects.bulk_create(
                PlanLine(plan=plan, kind=LineKind.TASK, says=says) for says in _tasks_of_split(beneficiary, child)
            )
        journal.record("merger.drafted", plan, by=by, at=at, insee_code=child.insee_code, year=plan.year)
        plans.append(plan)
    return plans


def _tasks_of_split(beneficiary: Beneficiary, child: Commune) -> Iterable[str]:
    commune = beneficiary.commune
    name = commune.name if commune else beneficiary.name
    yield f"Prévenir les mairies de {name} et de {child.name} : rien ne change tant qu’elles n’en ont pas décidé."
    for agreement in Agreement.objects.filter(beneficiary=beneficiary, status=AgreementStatus.SIGNED):
        yield (
            f"Vérifier que la convention n° {agreement.number} reste à {name}, et en proposer une à {child.name} si "
            "elle le souhaite."
        )
    if WebSite.objects.filter(beneficiary=beneficiary).exists():
        yield f"Relire le site de {name} : ce qui concerne {child.name} y est encore."
    if people_count := beneficiary.memberships.filter(ends_on__isnull=True).count():
        yield (
            f"Demander laquelle des deux communes sert chacune des {people_count} personnes de la mairie."
            if people_count > 1
            else "Demander laquelle des deux communes sert la personne de la mairie."
        )
    if Right.objects.filter(beneficiary=beneficiary, closed_at__isnull=True).exists():
        yield f"Voir avec chaque mairie quels services (messagerie, fichiers…) {child.name} doit recevoir."


# --- Changing a plan -------------------------------------------------------------------------------------------------
@transaction.atomic
def entrust(plan: MergerPlan, *, to: User | None, by: User, at: datetime) -> MergerPlan:
    """Entrust the plan to somebody who sees it through, or to nobody again. Raises Refused."""
    plan = held(plan, *JOINED)
    refuse(rules.why_not_entrust(plan, to, by=by, on=dates.day_of(at)))
    if plan.followed_by_id != (to.pk if to else None):
        plan.followed_by = to
        plan.save(update_fields=["followed_by"])
        journal.record("merger.entrusted", plan, by=by, at=at, officer=to.pk if to else None)
    return plan


@transaction.atomic
def choose(line: PlanLine, *, choice: str, by: User, at: datetime) -> PlanLine:
    """Change what becomes of one thing."""
    refuse(rules.why_not_choose(line, choice, by=by, on=dates.day_of(at)))
    if line.choice != choice:
        line.choice = Choice(choice)
        line.save(update_fields=["choice"])
        journal.record("merger.choice_made", line.plan, by=by, at=at, change=choice, kind=line.kind)
    return line


@transaction.atomic
def settle(plan: MergerPlan, choices: Mapping[int, str], *, effect_on: date, by: User, at: datetime) -> MergerPlan:
    """Change the day of effect and the choice of these lines, by identifier; all or nothing. Raises Refused."""
    plan = choose_effect_day(plan, effect_on=effect_on, by=by, at=at)
    for line in plan.lines.filter(pk__in=choices).select_related(*_THINGS).order_by("pk"):
        line.plan = plan
        if line.choice != choices[line.pk]:
            choose(line, choice=choices[line.pk], by=by, at=at)
    return plan


@transaction.atomic
def choose_effect_day(plan: MergerPlan, *, effect_on: date, by: User, at: datetime) -> MergerPlan:
    """Change the day from which the successor stands: people's functions begin there that day, and end here before."""
    refuse(rules.why_not_handle(plan.beneficiary, by=by, on=dates.day_of(at)))
    refuse("Ce plan est appliqué : défaites-le d’abord." if plan.status == Status.APPLIED else None)
    refuse(rules.why_not_effect(plan, effect_on))
    if plan.effect_on != effect_on:
        plan.effect_on = effect_on
        plan.save(update_fields=["effect_on"])
        journal.record("merger.effect_chosen", plan, by=by, at=at, starts_on=str(effect_on))
    return plan


@transaction.atomic
def tick(line: PlanLine, *, is_done: bool, by: User, at: datetime) -> PlanLine:
    """Say that a task is done, or that it is not after all."""
    refuse(rules.why_not_handle(line.plan.beneficiary, by=by, on=dates.day_of(at)))
    refuse(None if line.kind == LineKind.TASK else "Cette ligne n’est pas une tâche.")
    line.done_at = at if is_done else None
    line.save(update_fields=["done_at"])
    journal.record("merger.task_ticked", line.plan, by=by, at=at, done=is_done)
    return line


# --- Applying and undoing --------------------------------------------------------------------------------------------
@transaction.atomic
def apply(plan: MergerPlan, *, by: User, at: datetime) -> MergerPlan:
    """Do what every line says, all at once; a split whose tasks are done is ended. Raises Refused: nothing is done."""
    with scopes_disabled():  # Two beneficiaries are touched at once.
        plan = held(plan, *JOINED)
        refuse(rules.why_not_apply(plan, by=by, on=dates.day_of(at)))
        if plan.kind == MergerPlan.Kind.MERGER:
            heir = people.register_beneficiary(plan.other, by=by, at=at)
            for line in lines_of(plan):
                _apply(line, plan, heir, by=by, at=at)
        plan.status, plan.applied_at, plan.undone_at = Status.APPLIED, at, None
        plan.undo_until = dates.day_of(at) + timedelta(days=undo_days())
        plan.save(update_fields=["status", "applied_at", "undone_at", "undo_until"])
        journal.record("merger.applied", plan, by=by, at=at, insee_code=plan.other.insee_code, lines=plan.lines.count())
    return plan


def undo_days() -> int:
    """How many days a plan applied may be undone."""
    return int(settings.SOCLE_MERGER_UNDO_DAYS)


_THINGS = (
    "agreement__beneficiary__department",
    "agreement__programme",
    "website",
    "membership__user",
    "right__service",
    "right__beneficiary",
    "made_membership",
)


def lines_of(plan: MergerPlan) -> list[PlanLine]:
    """Return the lines of a plan with what they are about; one query."""
    return list(plan.lines.select_related(*_THINGS).order_by("pk"))


def _apply(line: PlanLine, plan: MergerPlan, heir: Beneficiary, *, by: User, at: datetime) -> None:
    if line.agreement is not None and line.choice == Choice.CARRY:
        successions.carry(line.agreement, successor=heir, effect_on=plan.effect_on, by=by, at=at)
    elif line.agreement is not None and line.choice == Choice.NOTE:
        successions.note_successor(line.agreement, successor=heir, effect_on=plan.effect_on, by=by, at=at)
    elif line.website is not None and line.choice == Choice.REDIRECT:
        to = rules.site_of(heir)
        assert to is not None  # why_not_apply has refused a redirection to no site.
        websites.redirect_site(line.website, to=to, by=by, at=at)
    elif line.website is not None and line.choice == Choice.ARCHIVE:
        websites.archive_site(line.website, by=by, at=at)
    elif line.right is not None and line.choice == Choice.MOVE:
        provisioning.move_right(line.right, to=heir, by=by, at=at)
    elif line.right is not None and line.choice == Choice.END:
        line.is_suspended_by_plan = provisioning.close_right(line.right, by=by, at=at)
        line.save(update_fields=["is_suspended_by_plan"])
    elif line.membership is not None and line.choice in (Choice.MOVE, Choice.END):
        _apply_to_person(line, line.membership, plan, heir, by=by, at=at)


def _apply_to_person(
    line: PlanLine, membership: Membership, plan: MergerPlan, heir: Beneficiary, *, by: User, at: datetime
) -> None:
    if line.choice == Choice.MOVE:
        there = Membership.objects.filter(user=membership.user, role=membership.role, beneficiary=heir).first()
        line.was_ended_on = there.ends_on if there is not None else None
        line.has_made_membership = there is None
        line.made_membership = people.give_role(
            membership.user,
            role=Role(membership.role),
            beneficiary=heir,
            quality=membership.quality,
            starts_on=plan.effect_on,
            by=by,
            at=at,
        )
    line.was_ending_on = membership.ends_on
    # A function that began after the merger took effect has no day left: it ends on its first.
    last_day = max(plan.effect_on - timedelta(days=1), membership.starts_on or date.min)
    people.end_role_with_commune(membership, last_day=last_day, by=by, at=at)
    line.save(update_fields=["was_ended_on", "has_made_membership", "made_membership", "was_ending_on"])


@transaction.atomic
def undo(plan: MergerPlan, *, by: User, at: datetime) -> MergerPlan:
    """Give everything back as it was. Raises Refused when its window is past, or something moved since."""
    with scopes_disabled():  # Two beneficiaries are touched at once.
        plan = held(plan, *JOINED)
        refuse(rules.why_not_undo(plan, by=by, on=dates.day_of(at)))
        if plan.kind == MergerPlan.Kind.MERGER:
            for line in reversed(lines_of(plan)):
                _undo(line, plan, by=by, at=at)
        plan.status, plan.undone_at, plan.undo_until = Status.UNDONE, at, None
        plan.save(update_fields=["status", "undone_at", "undo_until"])
        journal.record("merger.undone", plan, by=by, at=at, insee_code=plan.other.insee_code)
    return plan


def _undo(line: PlanLine, plan: MergerPlan, *, by: User, at: datetime) -> None:
    if line.agreement is not None and line.choice in (Choice.CARRY, Choice.NOTE):
        succession = Succession.objects.select_related("agreement", "predecessor").get(
            agreement=line.agreement, withdrawn_at__isnull=True
        )
        successions.take_back(succession, by=by, at=at)
    elif line.website is not None and line.choice in (Choice.REDIRECT, Choice.ARCHIVE):
        websites.restore_site(line.website, by=by, at=at)
    elif line.right is not None and line.choice == Choice.MOVE:
        provisioning.move_right(line.right, to=plan.beneficiary, by=by, at=at)
    elif line.right is not None and line.choice == Choice.END:
        provisioning.reopen_right(line.right, with_installation=line.is_suspended_by_plan, by=by, at=at)
    elif line.membership is not None and line.choice in (Choice.MOVE, Choice.END):
        people.give_back_role(line.membership, ends_on=line.was_ending_on, by=by, at=at)
        if line.made_membership is not None and line.has_made_membership:
            people.take_back_role(line.made_membership, by=by, at=at)
        elif line.made_membership is not None and line.was_ended_on is not None:
            people.give_back_role(line.made_membership, ends_on=line.was_ended_on, by=by, at=at)
        line.made_membership, line.has_made_membership = None, False
        line.was_ended_on = line.was_ending_on = None
        line.save(update_fields=["made_membership", "has_made_membership", "was_ended_on", "was_ending_on"])
