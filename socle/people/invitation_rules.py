"""Who may invite whom to which role, and what may be done of an invitation: a French sentence of refusal, or None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from socle.lib import dates
from socle.people.capabilities import Capability, those_who
from socle.people.models import MOVES, Beneficiary, Checked, Invitation, InvitationStatus, Operator, Role, User
from socle.people.own_address import why_not_own
from socle.people.rules import (
    Powers,
    holds,
    in_place_anywhere,
    powers_of,
    why_not_enrol,
    why_not_give_role,
    why_not_propose,
)

UNCHECKED = (
    "Cette personne signera pour la mairie : appelez la mairie à un numéro que vous lui connaissez, puis notez qui "
    "vous a répondu et quel jour. L’invitation part ensuite."
)
MOST_NOTED = 200


@dataclass(frozen=True)
class Check:
    """How somebody of an operator made sure that an address is that of whoever signs, in words: who said so, when."""

    how: Checked
    note: str


def must_be_checked(role: Role, *, by: User, beneficiary: Beneficiary | None, on: date) -> bool:
    """Say whether an invitation to sign for a mairie waits until its address is checked: always, but by its mayor."""
    if role != Role.MAYOR or beneficiary is None:
        return False
    return not holds(by, *those_who(Capability.NAME), on=on, beneficiary=beneficiary)


def why_not_checked(check: Check | None) -> str | None:
    """Say in French why this does not say how an address was checked, or None."""
    if check is None or len(check.note.strip()) < 3:
        return UNCHECKED
    if len(check.note.strip()) > MOST_NOTED:
        return f"La note de l’appel compte {MOST_NOTED} caractères au plus."
    return None


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
    if reason := why_not_own(email, role=role, beneficiary=beneficiary, operator=operator):
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
    """Say in French why this person cannot confirm a proposed invitation, or None: see `why_not_send_to` too."""
    if invitation.status != InvitationStatus.PROPOSED:
        return f"Cette invitation est déjà « {invitation.get_status_display()} »."
    powers = powers or powers_of(by, on=on, beneficiary=invitation.beneficiary, operator=invitation.operator)
    return powers.why_not_name


def why_not_send_to(invitation: Invitation, check: Check | None, *, by: User, on: date) -> str | None:
    """Say in French why a proposed invitation does not leave for this address, or None: a shared box, or unchecked."""
    if reason := _why_not_own(invitation):
        return reason
    is_to_check = must_be_checked(Role(invitation.role), by=by, beneficiary=invitation.beneficiary, on=on)
    return why_not_checked(check) if is_to_check else None


def _why_not_own(invitation: Invitation) -> str | None:
    role, beneficiary, operator = Role(invitation.role), invitation.beneficiary, invitation.operator
    return why_not_own(invitation.email, role=role, beneficiary=beneficiary, operator=operator)


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
    if reason := _why_not_own(invitation):
        return reason
    if invitation.bounced_at is not None:
        return "Le serveur de courrier refuse cette adresse : retirez l’invitation, et donnez la bonne adresse."
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
    # One that left before its address was known to be a shared box opens nothing either.
    return _why_not_own(invitation)


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
