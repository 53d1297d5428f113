"""Who holds a role somewhere and who is invited there, as both doors list them, each line with its refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from socle.lib import dates
from socle.people import rules
from socle.people.models import Beneficiary, Invitation, InvitationStatus, Membership, Operator, User

ENDED_SHOWN = 20
Tone = Literal["neutral", "ok", "wait", "alert", "info"]


@dataclass(frozen=True)
class Member:
    """A role held, to come or ended."""

    membership: Membership
    label: str
    tone: Tone
    why_not_end: str | None
    why_not_keep: str | None


@dataclass(frozen=True)
class Invited:
    """An invitation that is not answered yet."""

    invitation: Invitation
    label: str
    tone: Tone
    why_not_confirm: str | None
    why_not_resend: str | None
    why_not_withdraw: str | None


@dataclass(frozen=True)
class Roster:
    """The people of a place on a day."""

    members: list[Member]
    ended: list[Membership]
    invited: list[Invited]
    powers: rules.Powers


def roster_of(
    *, beneficiary: Beneficiary | None = None, operator: Operator | None = None, by: User, at: datetime
) -> Roster:
    """List the people of this place as this person may act on them."""
    on = dates.day_of(at)
    place = {"beneficiary": beneficiary, "operator": operator}
    powers = rules.powers_of(by, on=on, beneficiary=beneficiary, operator=operator)
    if beneficiary is not None and beneficiary.pk is None:
        return Roster([], [], [], powers)
    held = list(
        Membership.objects.filter(**place)
        .select_related("user", "beneficiary", "operator", "successor")
        .order_by("role", "user__name", "pk")
    )
    running = [one for one in held if one.ends_on is None or one.ends_on >= on]
    over = sorted((one for one in held if one not in running), key=lambda one: str(one.ends_on), reverse=True)
    waiting = Invitation.objects.open().filter(**place).select_related("beneficiary", "operator", "proposed_by")
    return Roster(
        members=[_member(one, by=by, on=on, powers=powers) for one in running],
        ended=over[:ENDED_SHOWN],
        invited=[_invited(one, by=by, at=at, powers=powers) for one in waiting],
        powers=powers,
    )


def _member(membership: Membership, *, by: User, on: date, powers: rules.Powers) -> Member:
    label, tone = _held_until(membership, on)
    return Member(
        membership,
        label,
        tone,
        rules.why_not_end(membership, by=by, on=on, powers=powers),
        rules.why_not_keep_role(membership, by=by, on=on, powers=powers),
    )


def _held_until(membership: Membership, on: date) -> tuple[str, Tone]:
    if not membership.user.is_active:
        return "Compte fermé", "neutral"
    if membership.starts_on is not None and membership.starts_on > on:
        return f"À partir du {dates.in_words(membership.starts_on)}", "wait"
    if membership.ends_on is not None:
        return f"Jusqu’au {dates.in_words(membership.ends_on)}", "alert"
    return "En fonction", "ok"


def _invited(invitation: Invitation, *, by: User, at: datetime, powers: rules.Powers) -> Invited:
    on = dates.day_of(at)
    label: str
    tone: Tone
    if invitation.status == InvitationStatus.PROPOSED:
        label, tone = "À confirmer", "alert"
    elif invitation.is_expired(at):
        label, tone = "Expirée", "neutral"
    else:
        label, tone = "Envoyée", "wait"
    return Invited(
        invitation,
        label,
        tone,
        rules.why_not_confirm_invitation(invitation, by=by, on=on, powers=powers),
        rules.why_not_resend_invitation(invitation, by=by, at=at, on=on, powers=powers),
        rules.why_not_withdraw_invitation(invitation, by=by, on=on, powers=powers),
    )
