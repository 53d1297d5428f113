"""Rules: who may ask for the archive of a beneficiary, take it, and drop it."""

from __future__ import annotations

from datetime import date

from socle.people.capabilities import Capability
from socle.people.models import Beneficiary, Membership, Role, User
from socle.people.rules import holds, may
from socle.provisioning.handover.models import HANDOVER_MOVES, UNFINISHED, Handover, HandoverStatus

LONGEST_REASON = 300
ONLY_THE_MAYOR = (
    "Seuls le ou la maire, ou une personne chargée du programme, peuvent demander cette archive\u00a0: elle contient "
    "tout ce que la commune a confié, messages des habitants compris."
)
NOT_YOURS = "Cette archive est remise au ou à la maire, ou à la personne qui l’a demandée."


def why_not_see(beneficiary: Beneficiary, *, by: User, on: date) -> str | None:
    """Say in French why this person may not ask for archives there, or None: what does not depend on the moment."""
    if by.is_system or _is_mayor(beneficiary, by=by, on=on) or _is_officer(beneficiary, by=by, on=on):
        return None
    return ONLY_THE_MAYOR


def why_not_ask(beneficiary: Beneficiary, reason: str, *, by: User, on: date) -> str | None:
    """Say in French why this archive cannot be asked for, or None; `reason` has no space around."""
    if sentence := why_not_see(beneficiary, by=by, on=on):
        return sentence
    if Handover.objects.filter(beneficiary=beneficiary, status__in=UNFINISHED).exists():
        return "Une archive est déjà en préparation\u00a0: elle sera prête sans rien faire de plus."
    if not reason:
        return "Dites en quelques mots pourquoi vous emportez ces données\u00a0: le motif reste écrit."
    if len(reason) > LONGEST_REASON:
        return f"Ce motif est trop long\u00a0: {LONGEST_REASON} caractères au plus."
    return "Ce motif contient un caractère qui ne s’affiche pas." if not reason.isprintable() else None


def why_not_take(handover: Handover, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot take an archive now, or None."""
    is_asker = handover.asked_by_id == by.pk and why_not_see(handover.beneficiary, by=by, on=on) is None
    if not _is_mayor(handover.beneficiary, by=by, on=on) and not is_asker:
        return NOT_YOURS
    if handover.status == HandoverStatus.REMOVED:
        return "Cette archive a été retirée\u00a0: demandez-en une autre."
    return None if handover.status == HandoverStatus.READY else "Cette archive n’est pas encore prête."


def why_not_remove(handover: Handover, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot remove an archive, or None."""
    if HandoverStatus.REMOVED not in HANDOVER_MOVES[HandoverStatus(handover.status)]:
        return "Cette archive est déjà retirée."
    if by.is_system or handover.asked_by_id == by.pk or _is_mayor(handover.beneficiary, by=by, on=on):
        return None
    return NOT_YOURS


def _is_mayor(beneficiary: Beneficiary, *, by: User, on: date) -> bool:
    # A helper lent the secretary's rights is no mayor.
    return may(by, Capability.ENGAGE, on=on, beneficiary=beneficiary)


def _is_officer(beneficiary: Beneficiary, *, by: User, on: date) -> bool:
    if not holds(by, Role.PROGRAMME_OFFICER, on=on):
        return False
    theirs = Membership.objects.active_on(on).filter(user=by, role=Role.PROGRAMME_OFFICER)
    return theirs.filter(operator__partnerships__departments=beneficiary.department_id).exists()
