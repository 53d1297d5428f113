"""Who may invite whom to which role, and what may be done of an invitation: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from socle.lib import dates
from socle.people.models import MOVES, Beneficiary, Invitation, InvitationStatus, Operator, Role, User
from socle.people.rules import Powers, in_place_anywhere, powers_of, why_not_enrol, why_not_give_role, why_not_propose


def why_not_invite(
    email: str,
    name: str,
    *,
    role: Role,
    beneficiary: Beneficiary | None,
    operator: Operator | None,
    first_day: date | None = None,
    last_day: date | None,
    by: User,
    on: date,
) -> str | None:
    """Say in French why this person cannot be invited to this role there, or None. `email` is in lower case."""
    if reason := why_not_give_role(role, beneficiary=beneficiary, operator=operator):
        return reason
    if reason := why_not_propose(by, on=on, beneficiary=beneficiary, operator=operator):
        return reason
    if reason := why_not_enrol(email, name):
        return reason
    if role == Role.CONTROLLER and last_day is None:
        return "Un contrôle a une fin\u00a0: donnez son dernier jour."
    if last_day is not None and last_day < on:
        return "Le dernier jour de la fonction est déjà passé."
    if first_day is not None and last_day is not None and last_day < first_day:
        return "Le dernier jour de la fonction précède le premier."
    known = User.objects.filter(email=email).first()
    if known is not None and (known.is_system or not known.is_active):
        return "Le compte de cette personne est fermé : rouvrez-le avant de l’inviter."
    place = {"beneficiary": beneficiary} if beneficiary is not None else {"operator": operator}
    if known is not None and known.memberships.active_on(on).filter(role=role, **place).exists():
        return f"Cette personne exerce déjà ici la fonction « {role.label} »."
    if Invitation.objects.open().filter(email=email, role=role, **place).exists():
        return (
            "Cette personne est déjà invitée à cette fonction\u00a0: attendez sa réponse, ou renvoyez l’invitation "
            "quelques minutes après son départ."
        )
    return None


# Who may name an operator's people, and so open the house to the others.
ADMINISTERS = (Role.PROGRAMME_OFFICER, Role.PRESIDENT)


def first_invitations() -> QuerySet[Invitation]:
    """The open invitations by which the platform itself asked somebody to administer it."""
    asked = Invitation.objects.open().filter(operator__isnull=False, role__in=ADMINISTERS)
    return asked.filter(proposed_by=User.objects.system())


def why_not_first_person(email: str, *, replaces: bool, at: datetime) -> str | None:
    """Say in French why this address cannot be invited as the first person, or None. `email` is in lower case.

    `replaces`: whoever was invited before and has not answered gives way.
    """
    if in_place_anywhere(*ADMINISTERS, on=dates.day_of(at)):
        return (
            "Quelqu’un administre déjà cette plateforme\u00a0: c’est à cette personne d’inviter les autres, dans "
            "«\u00a0Personnes\u00a0»."
        )
    others = first_invitations().exclude(email=email).filter(status=InvitationStatus.SENT, expires_at__gt=at)
    if others.exists() and not replaces:
        return (
            "Une autre adresse est déjà invitée à administrer cette plateforme, et n’a pas encore répondu. Si elle "
            "était fausse, ajoutez --replace\u00a0: son lien n’ouvrira plus rien."
        )
    return None


def why_not_confirm_invitation(
    invitation: Invitation, *, by: User, on: date, powers: Powers | None = None
) -> str | None:
    """Say in French why this person cannot confirm a proposed invitation, or None."""
    if invitation.status != InvitationStatus.PROPOSED:
        return f"Cette invitation est déjà « {invitation.get_status_display()} »."
    powers = powers or powers_of(by, on=on, beneficiary=invitation.beneficiary, operator=invitation.operator)
    return powers.why_not_name


# Long enough for a message to be found in an overfull mailbox, too short to be used to fill one.
BETWEEN_MESSAGES = timedelta(minutes=5)


def why_not_resend_invitation(
    invitation: Invitation, *, by: User, at: datetime, on: date, powers: Powers | None = None
) -> str | None:
    """Say in French why this invitation cannot be sent again by this person, or None."""
    if invitation.status == InvitationStatus.PROPOSED:
        return "Cette invitation attend d’être confirmée : elle n’est pas encore partie."
    if invitation.status != InvitationStatus.SENT:
        return f"Cette invitation est déjà « {invitation.get_status_display()} »."
    if invitation.mailed_at is None or at - invitation.mailed_at < BETWEEN_MESSAGES:
        return "Cette invitation vient de partir : attendez quelques minutes avant de la renvoyer."
    powers = powers or powers_of(by, on=on, beneficiary=invitation.beneficiary, operator=invitation.operator)
    return powers.why_not_propose


def why_not_withdraw_invitation(
    invitation: Invitation, *, by: User, on: date, powers: Powers | None = None
) -> str | None:
    """Say in French why this invitation cannot be withdrawn by this person, or None."""
    if InvitationStatus.WITHDRAWN not in MOVES[InvitationStatus(invitation.status)]:
        return f"Cette invitation est déjà « {invitation.get_status_display()} »."
    powers = powers or powers_of(by, on=on, beneficiary=invitation.beneficiary, operator=invitation.operator)
    return powers.why_not_propose


def why_not_open_invitation(invitation: Invitation, *, at: datetime) -> str | None:
    """Say in French why this invitation can be accepted by nobody at this instant, or None."""
    if invitation.status == InvitationStatus.ACCEPTED:
        return "Cette invitation a déjà servi : connectez-vous avec votre adresse électronique."
    if invitation.status != InvitationStatus.SENT:
        return "Cette invitation a été retirée : écrivez à la personne qui vous l’avait adressée."
    if invitation.is_expired(at):
        return "Cette invitation a expiré : demandez à la personne qui vous l’avait adressée de la renvoyer."
    return None


def why_not_accept_invitation(invitation: Invitation, *, by: User, at: datetime, on: date) -> str | None:
    """Say in French why this person cannot accept this invitation at this instant, or None."""
    if reason := why_not_open_invitation(invitation, at=at):
        return reason
    if by.email != invitation.email:
        return (
            "Cette invitation est adressée à une autre personne que celle qui est connectée : "
            "déconnectez-vous, puis ouvrez de nouveau le lien."
        )
    if not by.is_active:
        return "Ce compte est fermé : écrivez à la personne qui vous a invitée ou invité."
    if invitation.ends_on is not None and invitation.ends_on < on:
        return "La fonction proposée a pris fin entre-temps : demandez une nouvelle invitation."
    return None
