"""Rules of the end: how long a notice lasts, until when one may be given, when an agreement may be renewed."""

from __future__ import annotations

from datetime import date

from socle.agreements.models import Agreement, Party, Status, Termination
from socle.agreements.rules import WHOSE, why_not_follow
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_empowering
from socle.lib import dates
from socle.people.models import User

# What the model agreement says (articles 10, 14 and 15); a type of agreement may say otherwise in its programme's file.
NOTICE_MONTHS = {
    Termination.Ground.BENEFICIARY: "notice_months",
    Termination.Ground.GENERAL_INTEREST: "operators_notice_months",
    Termination.Ground.BREACH: "breach_months",
}

AN_AMENDMENT = "C’est la convention qui se résilie ou se renouvelle\u00a0: ses avenants la suivent."


def notice_of(agreement: Agreement, ground: str) -> int:
    """How many months of notice this ground wants, as the type of the agreement says."""
    months: int = getattr(agreement.type, NOTICE_MONTHS[Termination.Ground(ground)])
    return months


def earliest_end(agreement: Agreement, ground: str, *, notified_on: date) -> date:
    """The first day on which the agreement may end after a notice given that day."""
    return dates.add_months(notified_on, notice_of(agreement, ground))


def last_day_to_renew(agreement: Agreement) -> date | None:
    """The last day on which the beneficiary may notify that it renews, or None while no term runs."""
    if agreement.ends_on is None:
        return None
    return dates.add_months(agreement.ends_on, -agreement.type.notice_months)


def why_not_terminate(
    agreement: Agreement, *, ground: str, notified_on: date, effective_on: date, act: Act | None, by: User, on: date
) -> str | None:
    """Say why this agreement cannot be ended so, or None."""
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if agreement.amends_id is not None:
        return AN_AMENDMENT
    if agreement.status != Status.SIGNED or agreement.ends_on is None:
        return "Seule une convention en vigueur se résilie\u00a0: un projet s’abandonne."
    if ground == Termination.Ground.BENEFICIARY and agreement.beneficiary is None:
        return "Cette convention ne lie aucun bénéficiaire\u00a0: choisissez un autre motif."
    if Termination.objects.filter(agreement=agreement, withdrawn_at__isnull=True).exists():
        return "La résiliation de cette convention est déjà notifiée\u00a0: retirez-la d’abord, si elle change."
    if notified_on > on:
        return f"Le {dates.in_words(notified_on)} n’est pas encore venu\u00a0: vérifiez la date de notification."
    earliest = earliest_end(agreement, ground, notified_on=notified_on)
    if effective_on < earliest:
        return (
            f"Le préavis est de {notice_of(agreement, ground)}\u00a0mois\u00a0: notifiée le "
            f"{dates.in_words(notified_on)}, elle prend effet le {dates.in_words(earliest)} au plus tôt."
        )
    if effective_on > agreement.ends_on:
        return f"La convention prend fin d’elle-même le {dates.in_words(agreement.ends_on)}, avant cette date."
    if ground == Termination.Ground.BENEFICIARY:
        return why_not_decided(agreement, act, on=notified_on)
    return None


def why_not_decided(agreement: Agreement, act: Act | None, *, on: date) -> str | None:
    """Say why this act of the beneficiary does not decide anything on this day, or None."""
    if act is not None and act.beneficiary_id != agreement.beneficiary_id:
        return "Cet acte n’est pas celui du bénéficiaire."
    return why_not_empowering(act, on=on, whose=WHOSE[Party.Kind.BENEFICIARY])


def why_not_withdraw(termination: Termination, *, by: User, on: date) -> str | None:
    """Say why a termination cannot be withdrawn, or None."""
    agreement = termination.agreement
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if termination.withdrawn_at is not None:
        return "Cette résiliation est déjà retirée."
    return (
        None if agreement.status == Status.SIGNED else "La convention a pris fin\u00a0: il faut en conclure une autre."
    )


def why_not_renew(agreement: Agreement, *, act: Act | None, notified_on: date, by: User, on: date) -> str | None:
    """Say why this agreement cannot be renewed by this decision of its beneficiary, or None."""
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if agreement.amends_id is not None:
        return AN_AMENDMENT
    if agreement.beneficiary is None:
        return "Une convention entre opérateurs ne se renouvelle pas\u00a0: il faut en conclure une autre."
    if agreement.status != Status.SIGNED:
        return "Seule une convention en vigueur se renouvelle."
    if Termination.objects.filter(agreement=agreement, withdrawn_at__isnull=True).exists():
        return "La résiliation de cette convention est notifiée\u00a0: elle ne se renouvelle pas."
    if agreement.renewals.count() >= agreement.type.renewals:
        return "La convention a été renouvelée autant de fois qu’elle le prévoit\u00a0: il faut en conclure une autre."
    last = last_day_to_renew(agreement)
    if last is None or notified_on > last:
        until = f" le {dates.in_words(last)}" if last else ""
        return f"Le renouvellement se notifiait au plus tard{until}\u00a0: il faut conclure une autre convention."
    if notified_on > on:
        return f"Le {dates.in_words(notified_on)} n’est pas encore venu\u00a0: vérifiez la date de notification."
    return why_not_decided(agreement, act, on=notified_on)
