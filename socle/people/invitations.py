"""Inviting a person to a role by e-mail: proposed, sent, accepted once, or withdrawn.

The link of the message is drawn when the message leaves and only its digest is kept: neither the database, the queue of
tasks nor the journal can open a door.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import refuse
from socle.outbox import departures
from socle.people import emails, invitation_rules, rules
from socle.people.actions import enrol, give_role
from socle.people.invitation_rules import Check
from socle.people.models import Beneficiary, Invitation, InvitationStatus, Membership, Operator, Role, User

log = logging.getLogger("socle.people")


@transaction.atomic
def invite(
    email: str,
    *,
    name: str,
    role: Role,
    beneficiary: Beneficiary | None = None,
    operator: Operator | None = None,
    quality: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    has_box: bool = True,
    check: Check | None = None,
    by: User,
    at: datetime,
) -> Invitation:
    """Invite a person to a role; when naming is another's there, propose them: the invitation then waits.

    One to sign for a mairie waits too, until `check` says how the address was checked. Raises `Refused` when neither
    is possible. A person who has an account keeps it: the role is added to it.
    """
    address, on = email.strip().lower(), dates.day_of(at)
    refuse(
        invitation_rules.why_not_invite(
            address,
            name,
            role=role,
            beneficiary=beneficiary,
            operator=operator,
            first_day=first_day,
            last_day=last_day,
            by=by,
            on=on,
        )
    )
    refuse(invitation_rules.why_not_checked(check) if check is not None else None)
    invitation = Invitation.objects.create(
        email=address,
        name=name.strip(),
        role=role,
        quality=quality.strip(),
        beneficiary=beneficiary,
        operator=operator,
        starts_on=first_day,
        ends_on=last_day,
        has_box=has_box,
        proposed_by=by,
        proposed_at=at,
    )
    may_name = rules.why_not_name(by, on=on, beneficiary=beneficiary, operator=operator) is None
    if may_name and invitation_rules.why_not_send_to(invitation, check, by=by, on=on) is None:
        return _send(invitation, check=check, by=by, at=at)
    journal.record("invitation.proposed", invitation, by=by, at=at, role=role.value)
    enqueue_at_commit("socle.people.tasks.tell_proposal", invitation.pk)
    return invitation


@transaction.atomic
def confirm(invitation: Invitation, *, check: Check | None = None, by: User, at: datetime) -> Invitation:
    """Send an invitation that someone proposed. Raises `Refused` when this person does not decide there.

    One to sign for a mairie leaves with how its address was checked, but when its own mayor confirms it.
    """
    invitation, on = _held(invitation), dates.day_of(at)
    refuse(invitation_rules.why_not_confirm_invitation(invitation, by=by, on=on))
    refuse(invitation_rules.why_not_send_to(invitation, check, by=by, on=on))
    return _send(invitation, check=check, by=by, at=at)


@transaction.atomic
def resend(invitation: Invitation, *, by: User, at: datetime) -> Invitation:
    """Send an invitation again with a new link; the former one dies when the message leaves."""
    invitation = _held(invitation)
    refuse(invitation_rules.why_not_resend_invitation(invitation, by=by, at=at, on=dates.day_of(at)))
    return _send(invitation, by=by, at=at)


@transaction.atomic
def hand_over(invitation: Invitation, *, token: str, by: User, at: datetime) -> tuple[Invitation, str]:
    """Give a sent invitation this link, for whoever hands it over themself; the former one dies. No message leaves."""
    invitation = _send(_held(invitation), by=by, at=at)
    invitation.token_sha256, invitation.mailed_at = digest(token), at
    invitation.save(update_fields=["token_sha256", "mailed_at"])
    return invitation, token


def _send(invitation: Invitation, *, check: Check | None = None, by: User, at: datetime) -> Invitation:
    invitation.status = InvitationStatus.SENT
    invitation.mailed_at = None
    invitation.expires_at = at + timedelta(days=settings.SOCLE_INVITATION_DAYS)
    if check is not None:
        invitation.checked, invitation.checked_note = check.how, check.note.strip()
        invitation.checked_by, invitation.checked_at = by, at
    invitation.save(
        update_fields=["status", "mailed_at", "expires_at", "checked", "checked_note", "checked_by", "checked_at"]
    )
    facts = {"checked": check.how.value} if check is not None else {}
    journal.record("invitation.sent", invitation, by=by, at=at, role=invitation.role, **facts)
    enqueue_at_commit("socle.people.tasks.send_invitations")
    return invitation


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User, at: datetime) -> Invitation:
    """Withdraw an invitation, proposed or sent: its link opens nothing any more."""
    invitation = _held(invitation)
    refuse(invitation_rules.why_not_withdraw_invitation(invitation, by=by, on=dates.day_of(at)))
    invitation.status, invitation.closed_at, invitation.token_sha256 = InvitationStatus.WITHDRAWN, at, ""
    invitation.save(update_fields=["status", "closed_at", "token_sha256"])
    journal.record("invitation.withdrawn", invitation, by=by, at=at, role=invitation.role)
    return invitation


@transaction.atomic
def accept(invitation: Invitation, *, by: User, at: datetime) -> Membership:
    """Give the role offered to the person whose address was invited; the link dies.

    Whoever signs people in proves first that the address is theirs: by the link, a password or an identity provider.
    Raises `Refused` when it has served, has expired, was withdrawn or is another person's.
    """
    invitation, on = _held(invitation), dates.day_of(at)
    refuse(invitation_rules.why_not_accept_invitation(invitation, by=by, at=at, on=on))
    membership = give_role(
        by,
        role=Role(invitation.role),
        beneficiary=invitation.beneficiary,
        operator=invitation.operator,
        quality=invitation.quality,
        starts_on=max(invitation.starts_on or on, on),
        has_box=invitation.has_box,
        by=by,
        at=at,
    )
    if membership.ends_on != invitation.ends_on:
        membership.ends_on = invitation.ends_on
        membership.save(update_fields=["ends_on"])
    invitation.status, invitation.accepted_by, invitation.closed_at = InvitationStatus.ACCEPTED, by, at
    invitation.save(update_fields=["status", "accepted_by", "closed_at"])
    journal.record("invitation.accepted", invitation, by=by, at=at, role=invitation.role)
    return membership


@transaction.atomic
def open_account_for(invitation: Invitation, *, at: datetime, name: str = "") -> User:
    """Return the account of the invited address, opened when there is none; it has no password of its own yet.

    Raises `Refused` when the invitation can be accepted by nobody.
    """
    invitation = _held(invitation)
    refuse(invitation_rules.why_not_open_invitation(invitation, at=at))
    # Whoever invited, or checked the address that a mairie gave, answers for the account that is opened.
    answers = invitation.checked_by or invitation.proposed_by
    return enrol(invitation.email, name=name.strip() or invitation.name, by=answers, at=at)


def waiting_for(email: str, *, at: datetime) -> list[Invitation]:
    """Return the invitations this address may accept at this instant, the oldest first."""
    sent = Invitation.objects.filter(email=email.strip().lower(), status=InvitationStatus.SENT, expires_at__gt=at)
    found = sent.select_related("beneficiary", "operator").order_by("pk")
    return [one for one in found if invitation_rules.why_not_open_invitation(one, at=at) is None]


def by_token(token: str) -> Invitation | None:
    """Return the invitation whose message bears this link, whatever became of it, or None."""
    found = Invitation.objects.filter(token_sha256=digest(token)) if token else Invitation.objects.none()
    return found.select_related("beneficiary", "operator").first()


def digest(token: str) -> str:
    """Return what is kept of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def send_due(*, at: datetime) -> int:
    """Send the invitations that must leave, each with a link drawn now; return how many left.

    A message that fails stays due until it expires: its invitation is as it was, the others leave, and the next round
    tries again. An address that the mail server refuses for good is said to be refused, and is not tried again.
    """
    due = Invitation.objects.to_mail().filter(expires_at__gt=at).order_by("pk")
    sent = 0
    for pk in due.values_list("pk", flat=True):
        try:
            sent += _mail(pk, at=at)
        except Exception as error:
            # What an error says may hold an address: only its kind is written.
            log.error("invitation %s did not leave: %s", pk, type(error).__name__)
            if departures.is_no_address(error):
                _note_bounce(pk, at=at)
    return sent


@transaction.atomic
def _note_bounce(pk: int, *, at: datetime) -> None:
    if Invitation.objects.to_mail().filter(pk=pk).update(bounced_at=at):
        journal.record("invitation.bounced", Invitation.objects.get(pk=pk), by=User.objects.system(), at=at)


@transaction.atomic
def _mail(pk: int, *, at: datetime) -> bool:
    # Two senders at once: the second finds nothing left to send.
    invitation = Invitation.objects.to_mail().select_for_update().filter(pk=pk).first()
    if invitation is None:
        return False
    token = secrets.token_urlsafe(32)
    invitation.token_sha256, invitation.mailed_at = digest(token), at
    invitation.save(update_fields=["token_sha256", "mailed_at"])
    emails.write_invitation(invitation, token=token)
    return True


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Erase the invitations nobody accepted, long after: a name and an address nobody uses have no reason to stay."""
    before = at - timedelta(days=settings.SOCLE_INVITATION_KEPT_DAYS)
    unanswered = Invitation.objects.exclude(status=InvitationStatus.ACCEPTED).filter(proposed_at__lt=before)
    unanswered = unanswered.exclude(status=InvitationStatus.SENT, expires_at__gt=at)
    erased, _ = unanswered.delete()
    return erased


def forget_due() -> None:
    """The daily tick of `forget_old`."""
    forget_old(at=timezone.now())


def _held(invitation: Invitation) -> Invitation:
    """The row as it is now, locked until the end: two clicks at once are two turns."""
    return (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("beneficiary", "operator")
        .get(pk=invitation.pk)
    )
