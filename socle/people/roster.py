"""Who holds a role somewhere and who is invited there, as both doors list them, each line with its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.people import invitation_rules, rules
from socle.people.models import Beneficiary, Invitation, InvitationStatus, Membership, Operator, Role, User

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
    # Whoever confirms it notes the call by which they checked the address.
    wants_check: bool = False

    @property
    def terms(self) -> str:
        """From which day, until which, and with a mailbox or not."""
        return terms_of(self.invitation)


@dataclass(frozen=True)
class Line:
    """One person as a file lists them."""

    name: str
    email: str
    role: str
    quality: str
    state: str
    starts_on: date | None
    ends_on: date | None


LINE_FIELDS: tuple[Field[Line], ...] = (
    Field("Nom", lambda line: line.name),
    Field("Courriel", lambda line: line.email),
    Field("Fonction", lambda line: Role(line.role).label),
    Field("Qualité", lambda line: line.quality),
    Field("État", lambda line: line.state),
    Field("À partir du", lambda line: line.starts_on, Kind.DAY),
    Field("Jusqu’au", lambda line: line.ends_on, Kind.DAY),
)


@dataclass(frozen=True)
class Roster:
    """The people of a place on a day."""

    members: list[Member]
    ended: list[Membership]
    invited: list[Invited]
    powers: rules.Powers

    @property
    def latest_ended(self) -> list[Membership]:
        """Those who left last: what a page shows."""
        return self.ended[:ENDED_SHOWN]

    def lines(self) -> Iterator[Line]:
        """Everybody, as a file lists them: who is in office, who is invited, who left (without their address)."""
        for one in self.members:
            held, user = one.membership, one.membership.user
            yield Line(user.name, user.email, held.role, held.quality, one.label, held.starts_on, held.ends_on)
        for invited in self.invited:
            to = invited.invitation
            label = f"Invitation : {invited.label.lower()}"
            yield Line(to.name, to.email, to.role, to.quality, label, to.starts_on, to.ends_on)
        for past in self.ended:
            yield Line(
                past.user.name, "", past.role, past.quality, "N’est plus en fonction",
                past.starts_on, past.ends_on,
            )  # fmt: skip

    def sheet(self, file_name: str = "personnes") -> Sheet[Line]:
        """The file of these people; their addresses only for those whom the page shows them to."""
        fields = LINE_FIELDS if self.powers.why_not_propose is None else LINE_FIELDS[:1] + LINE_FIELDS[2:]
        return Sheet("people", file_name, "Personnes", fields, is_personal=True)


def terms_of(invitation: Invitation) -> str:
    """Return what an invitation gives besides the role, which whoever confirms it reads first.

    « dès son accord, sans boîte », « à partir du 4 janvier 2027, jusqu’au 30 juin 2027, avec une boîte »; an operator's
    people have no mailbox here.
    """
    days = (("à partir du", invitation.starts_on), ("jusqu’au", invitation.ends_on))
    said = [f"{word} {dates.in_words(day)}" for word, day in days if day is not None]
    if invitation.starts_on is None:
        said.insert(0, "dès son accord")
    if invitation.beneficiary_id is not None:
        said.append("avec une boîte" if invitation.has_box else "sans boîte")
    return ", ".join(said)


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
    waiting = (
        Invitation.objects.open().filter(**place).select_related("beneficiary", "operator", "proposed_by", "checked_by")
    )
    return Roster(
        members=[_member(one, by=by, on=on, powers=powers) for one in running],
        ended=over,
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
    elif invitation.bounced_at is not None:
        label, tone = "Adresse refusée par le serveur", "alert"
    elif invitation.is_expired(at):
        label, tone = "Expirée", "neutral"
    else:
        label, tone = "Envoyée", "wait"
    return Invited(
        invitation,
        label,
        tone,
        invitation_rules.why_not_confirm_invitation(invitation, by=by, on=on, powers=powers),
        invitation_rules.why_not_resend_invitation(invitation, by=by, at=at, on=on, powers=powers),
        invitation_rules.why_not_withdraw_invitation(invitation, by=by, on=on, powers=powers),
        invitation_rules.must_be_checked(Role(invitation.role), by=by, beneficiary=invitation.beneficiary, on=on),
    )
