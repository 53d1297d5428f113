"""Rules: who may carry a merger, what each line may choose, and until when it is undone."""

from __future__ import annotations

from datetime import date

from django_scopes import scopes_disabled

from socle.agreements import rules as agreements
from socle.agreements.models import Agreement, Succession
from socle.agreements.models import Status as AgreementStatus
from socle.agreements.rules import why_not_follow
from socle.agreements.successions import why_not_carry
from socle.lib.dates import in_words
from socle.mergers.models import Choice, MergerPlan, PlanLine, Status
from socle.people.models import Beneficiary, User
from socle.programme.models import Programme
from socle.provisioning.rules import why_not_move_right
from socle.sites.models.sites import WebSite
from socle.sites.rules import why_not_redirect

Kind = PlanLine.Kind
# A vintage tells of a merger within months; a delegated commune suppressed may be carried some years late.
MOST_YEARS_APART = 10


def why_not_handle(beneficiary: Beneficiary, *, by: User, on: date) -> str | None:
    """Say why this person may not carry what becomes of this beneficiary: whoever may write its agreements may."""
    reason: str | None = "Aucun programme n’est chargé."
    for programme in Programme.objects.all():
        reason = why_not_follow(beneficiary, programme, by=by, on=on)
        if reason is None:
            return None
    return reason


def followers_of(plan: MergerPlan, *, on: date) -> list[User]:
    """Those who may see this plan through, by name."""
    found = {
        user.pk: user
        for programme in Programme.objects.all()
        for user in agreements.followers_of(plan.beneficiary, programme, on=on)
    }
    return sorted(found.values(), key=lambda user: (user.name, user.pk))


def why_not_entrust(plan: MergerPlan, to: User | None, *, by: User, on: date) -> str | None:
    """Say why this person cannot entrust the plan to that one (None: to nobody), or None."""
    if reason := why_not_handle(plan.beneficiary, by=by, on=on):
        return reason
    if to is not None and why_not_handle(plan.beneficiary, by=to, on=on) is not None:
        return "Cette personne ne suit pas cette commune : choisissez-en une autre."
    return None


def heir_of(plan: MergerPlan) -> Beneficiary | None:
    """The beneficiary that receives, once it is registered."""
    return Beneficiary.objects.filter(commune=plan.other).first()


def choices_of(line: PlanLine) -> tuple[Choice, ...]:
    """Return what this line may choose, the most likely first."""
    if line.kind == Kind.AGREEMENT:
        assert line.agreement is not None  # A line of agreement has its agreement.
        is_signed = line.agreement.status == AgreementStatus.SIGNED
        return (Choice.CARRY, Choice.NOTE) if is_signed else (Choice.KEEP, Choice.NOTE)
    return {
        Kind.SITE.value: (Choice.KEEP, Choice.REDIRECT, Choice.ARCHIVE),
        Kind.PERSON.value: (Choice.MOVE, Choice.END, Choice.KEEP),
        Kind.RIGHT.value: (Choice.MOVE, Choice.KEEP, Choice.END),
    }.get(line.kind, ())


def why_not_choose(line: PlanLine, choice: str, *, by: User, on: date) -> str | None:
    """Say why this line cannot take this choice now, or None."""
    if reason := why_not_handle(line.plan.beneficiary, by=by, on=on):
        return reason
    if line.plan.status == Status.APPLIED:
        return "Ce plan est appliqué : défaites-le d’abord, ses lignes se changent ensuite."
    if choice not in choices_of(line):
        return "Ce choix n’est pas de ceux de cette ligne : reprenez-en un dans la liste."
    return why_impossible(line, choice, heir_of(line.plan), by=by, on=on)


def why_not_effect(plan: MergerPlan, effect_on: date) -> str | None:
    """Say why a merger seen in this vintage cannot take effect that day, or None: a slip of the year ends functions."""
    if abs(effect_on.year - plan.year) <= MOST_YEARS_APART:
        return None
    return (
        f"Le {in_words(effect_on)} est bien loin du millésime {plan.year} où cette fusion a été vue : vérifiez l’année."
    )


def why_impossible(line: PlanLine, choice: str, heir: Beneficiary | None, *, by: User, on: date) -> str | None:
    """Say why what stands today forbids this choice, whoever asks, or None."""
    if choice == Choice.CARRY:
        assert line.agreement is not None  # Only a line of agreement is carried.
        return why_not_carry(line.agreement, heir, by=by, on=on)
    if choice == Choice.REDIRECT:
        assert line.website is not None  # Only a site is redirected.
        return why_not_redirect(line.website, site_of(heir))
    if choice == Choice.MOVE and line.kind == Kind.RIGHT:
        assert line.right is not None  # A line of service has its right.
        return why_not_move_right(line.right, heir)
    return None


def site_of(heir: Beneficiary | None) -> WebSite | None:
    """The website of the body that receives, or None."""
    if heir is None:
        return None
    with scopes_disabled():  # The other body may be any of the territory.
        return WebSite.objects.filter(beneficiary=heir).first()


def why_not_apply(plan: MergerPlan, *, by: User, on: date) -> str | None:
    """Say why the plan cannot be applied now, or None. A split moves nothing: it is ended when its tasks are done."""
    if reason := why_not_handle(plan.beneficiary, by=by, on=on):
        return reason
    if plan.status == Status.APPLIED:
        return "Ce plan est déjà appliqué."
    if plan.kind == MergerPlan.Kind.SPLIT:
        left = plan.lines.filter(done_at__isnull=True).count()
        return f"Il reste {left} tâche{'s' if left > 1 else ''} à cocher." if left else None
    heir = heir_of(plan)
    for line in plan.lines.select_related(
        "agreement__programme", "agreement__beneficiary", "website", "right__service"
    ):
        if reason := why_impossible(line, line.choice, heir, by=by, on=on):
            return reason
    return None


def why_not_undo(plan: MergerPlan, *, by: User, on: date) -> str | None:
    """Say why the plan cannot be undone now, or None: within its window, and while what it moved is where it put it."""
    if reason := why_not_handle(plan.beneficiary, by=by, on=on):
        return reason
    if plan.status != Status.APPLIED:
        return "Ce plan n’est pas appliqué : il n’y a rien à défaire."
    if plan.undo_until is not None and on > plan.undo_until:
        return (
            f"Ce plan ne se défait plus depuis le {in_words(plan.undo_until)} : ce qui a suivi en dépend. "
            "Faites les changements un à un."
        )
    with scopes_disabled():  # What was moved is the other body's now.
        for line in plan.lines.filter(choice=Choice.CARRY).select_related("agreement"):
            agreement = line.agreement
            assert agreement is not None  # Only a line of agreement is carried.
            succession = Succession.objects.filter(agreement=agreement, withdrawn_at__isnull=True).first()
            if succession is None or succession.successor_id != agreement.beneficiary_id:
                return f"La convention n° {agreement.number} n’est plus là où ce plan l’a mise : il ne se défait plus."
            if (
                Agreement.objects.filter(programme=agreement.programme_id, beneficiary=plan.beneficiary_id)
                .exclude(status=AgreementStatus.CANCELLED)
                .exists()
            ):
                return f"{plan.beneficiary.name} a une autre convention depuis : elle empêche de rendre la première."
    return None
