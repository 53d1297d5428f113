"""The suspension of an agreement in force: its services stop, nothing is deleted, until it is lifted."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from socle.agreements.actions import held
from socle.agreements.models import Agreement, Status, Suspension
from socle.agreements.rules import why_not_follow
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User


def running(agreement: Agreement) -> Suspension | None:
    """The suspension of this agreement that is not lifted, in effect or to come; one at most."""
    return agreement.suspensions.filter(lifted_on__isnull=True).first()


def in_effect(on: date) -> QuerySet[Suspension]:
    """Return the suspensions in effect on this day."""
    return Suspension.objects.filter(lifted_on__isnull=True, effective_on__lte=on)


def with_suspension(agreements: QuerySet[Agreement], *, on: date) -> QuerySet[Agreement]:
    """Annotate agreements with `suspended_on`: since when the suspension in effect on this day is."""
    since = in_effect(on).filter(agreement=OuterRef("pk")).order_by().values("effective_on")[:1]
    return agreements.annotate(suspended_on=Subquery(since))


def why_not_suspend(
    agreement: Agreement,
    *,
    reason: str,
    conditions: str,
    notified_on: date,
    effective_on: date,
    by: User,
    on: date,
) -> str | None:
    """Say why this agreement cannot be suspended so, or None. No notice is wanted: article 13 of the model says so.

    Neither a termination that runs nor a merger forbids it: the danger waits for neither.
    """
    if refusal := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return refusal
    if agreement.amends_id is not None:
        return "C’est la convention qui se suspend\u00a0: ses avenants la suivent."
    if agreement.beneficiary is None:
        return "Une convention entre opérateurs ne se suspend pas\u00a0: son texte ne le prévoit pas."
    if agreement.status != Status.SIGNED or agreement.ends_on is None:
        return "Seule une convention en vigueur se suspend."
    if running(agreement) is not None:
        return "Cette convention est déjà suspendue\u00a0: rétablissez-la d’abord, si la suspension change."
    if not reason.strip() or not conditions.strip():
        return "Écrivez les motifs et les conditions du rétablissement\u00a0: le bénéficiaire en est informé par écrit."
    if notified_on > on:
        return f"Le {dates.in_words(notified_on)} n’est pas encore venu\u00a0: vérifiez la date de notification."
    if effective_on < notified_on:
        return f"Elle prend effet le {dates.in_words(notified_on)} au plus tôt, jour où le bénéficiaire en est informé."
    if effective_on > agreement.ends_on:
        return f"La convention prend fin d’elle-même le {dates.in_words(agreement.ends_on)}, avant cette date."
    return None


def why_not_lift(suspension: Suspension, *, lifted_on: date, by: User, on: date) -> str | None:
    """Say why a suspension cannot be lifted that day, or None; one of an agreement that is over may, to hand back."""
    agreement = suspension.agreement
    if refusal := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return refusal
    if suspension.lifted_on is not None:
        return "Cette suspension est déjà levée."
    if lifted_on > on:
        return f"Le {dates.in_words(lifted_on)} n’est pas encore venu\u00a0: levez-la ce jour-là."
    if lifted_on < suspension.notified_on:
        return f"Elle n’était pas encore notifiée\u00a0: elle l’a été le {dates.in_words(suspension.notified_on)}."
    return None


@transaction.atomic
def suspend(
    agreement: Agreement,
    *,
    ground: str,
    reason: str,
    conditions: str,
    notified_on: date,
    effective_on: date,
    by: User,
    at: datetime,
) -> Suspension:
    """Suspend an agreement from a day on; its term does not move. Raises Refused. What follows: config/reactions.py."""
    agreement = held(agreement)
    said = {"reason": reason, "conditions": conditions, "notified_on": notified_on, "effective_on": effective_on}
    refuse(why_not_suspend(agreement, **said, by=by, on=dates.day_of(at)))  # type: ignore[arg-type]
    suspension = Suspension.objects.create(
        agreement=agreement,
        ground=ground,
        reason=reason.strip(),
        conditions=conditions.strip(),
        notified_on=notified_on,
        effective_on=effective_on,
        recorded_at=at,
    )
    journal.record(
        "agreement.suspended",
        agreement,
        by=by,
        at=at,
        ground=ground,
        notified_on=notified_on.isoformat(),
        effective_on=effective_on.isoformat(),
    )
    return suspension


@transaction.atomic
def lift(suspension: Suspension, *, lifted_on: date, by: User, at: datetime) -> Suspension:
    """Lift a suspension: the services that it stopped come back as they were. Raises Refused."""
    agreement = held(suspension.agreement)
    suspension = Suspension.objects.select_for_update(of=("self",)).get(pk=suspension.pk)
    suspension.agreement = agreement
    refuse(why_not_lift(suspension, lifted_on=lifted_on, by=by, on=dates.day_of(at)))
    suspension.lifted_on = lifted_on
    suspension.save(update_fields=["lifted_on"])
    journal.record("agreement.suspension_lifted", agreement, by=by, at=at, lifted_on=lifted_on.isoformat())
    return suspension
