"""Who signs the drafts: proposed from who holds the office, asked of the mairies, or read from a table of thirty.

Nothing here replaces somebody who is named: a party that names nobody is filled in, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django_scopes import scopes_disabled

from socle.agreements import rules
from socle.agreements.models import Agreement, Party, Status
from socle.deliberations.models import Act
from socle.deliberations.rules import why_empowers_nobody
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.tables import Bounds, Line, Table
from socle.lib.text import folded
from socle.people import invitations
from socle.people.invitation_rules import Check, why_not_invite
from socle.people.models import Beneficiary, Checked, Invitation, InvitationStatus, Membership, Role, User
from socle.people.own_address import SHARED, is_shared
from socle.people.rules import in_place

BOUNDS = Bounds(1_000_000, 2000, 50)
COMMUNE, NAME, QUALITY, EMAIL = "Commune", "Nom", "Qualité", "Adresse électronique"
# The headers that we name, and those that people write for the same.
HEADERS: Mapping[str, tuple[str, ...]] = {
    COMMUNE: ("commune", "code insee", "insee", "mairie"),
    NAME: ("nom", "nom et prenom", "prenom et nom", "maire", "nom du maire"),
    QUALITY: ("qualite", "fonction"),
    EMAIL: ("adresse electronique", "courriel", "e mail", "email", "mail", "adresse mail"),
}


# --- Proposed ---------------------------------------------------------------------------------------------------------
def propose(*, by: User, at: datetime) -> int:
    """Name on the drafts the only person who holds the office that signs, where a party names nobody; return how many.

    Where two hold it, somebody chooses. Derived from the rows, so that a message lost loses nothing.
    """
    with scopes_disabled():  # Every draft, whoever its beneficiary is: each party asks who holds its own body's office.
        unnamed = Party.objects.filter(agreement__status=Status.DRAFT, signatory=None)
        waiting = list(unnamed.select_related("agreement").order_by("pk"))
        held = _in_office(waiting, on=dates.day_of(at)) if waiting else {}
        return sum(
            _name(party, able[0], by=by, at=at) for party in waiting if len(able := held.get(_office(party), [])) == 1
        )


def _office(party: Party) -> tuple[Role, int | None, int | None]:
    """The office by which a party signs: its role, at its beneficiary or at its operator."""
    beneficiary = None if party.operator_id else party.agreement.beneficiary_id
    return rules.SIGNING_ROLE[Party.Kind(party.kind)], beneficiary, party.operator_id


def _in_office(parties: Iterable[Party], *, on: date) -> dict[Any, list[Membership]]:
    """Who holds each of these offices; one query."""
    offices = {_office(one) for one in parties}
    found = Membership.objects.active_on(on).filter(
        role__in={role for role, _, _ in offices}, user__is_active=True
    )  # fmt: skip
    held: dict[Any, list[Membership]] = {}
    for one in found.select_related("user").order_by("pk"):
        held.setdefault((one.role, one.beneficiary_id, one.operator_id), []).append(one)
    return {office: held[office] for office in offices if office in held}


@transaction.atomic
def _name(party: Party, membership: Membership, *, by: User, at: datetime) -> bool:
    """Name this person for a party, unless somebody was named meanwhile."""
    # Nobody, still: whoever chose another in between is not replaced.
    held = Party.objects.select_for_update(of=("self",)).filter(
        pk=party.pk, signatory=None, agreement__status=Status.DRAFT
    )
    if (fresh := held.first()) is None:
        return False
    fresh.signatory, fresh.representative = membership.user, membership.user.name
    fresh.quality = membership.quality or Role(membership.role).label
    fresh.save(update_fields=["signatory", "representative", "quality"])
    facts = {"party": fresh.kind, "membership": membership.pk}
    journal.record("agreement.signatory_proposed", party.agreement, by=by, at=at, **facts)
    return True


# --- Confirmed --------------------------------------------------------------------------------------------------------
def to_confirm(beneficiaries: QuerySet[Beneficiary]) -> QuerySet[Invitation]:
    """The invitations to sign for one of these that wait for somebody to check their address."""
    found = Invitation.objects.filter(
        status=InvitationStatus.PROPOSED, role=rules.SIGNING_ROLE[Party.Kind.BENEFICIARY], beneficiary__in=beneficiaries
    )
    return found.select_related("beneficiary__commune", "beneficiary__department", "proposed_by").order_by("pk")


def acts_of(invitations: Iterable[Invitation]) -> dict[int, Act]:
    """The act of its assembly that a draft already cites, by beneficiary: what may stand for a call; one query."""
    bodies = [one.beneficiary_id for one in invitations]
    with scopes_disabled():  # The caller was let read these very beneficiaries.
        parties = Party.objects.filter(
            agreement__beneficiary__in=bodies, agreement__status=Status.DRAFT, kind=Party.Kind.BENEFICIARY
        )
        found = {one.agreement.bound.pk: one.act for one in parties.select_related("act", "agreement__beneficiary")}
    return {body: act for body, act in found.items() if act is not None and why_empowers_nobody(act) is None}


def by_act(act: Act) -> Check:
    """The check that an act of the assembly is: the body has decided, and said who signs for it."""
    return Check(Checked.ACT, f"n°\u00a0{act.number} du {dates.in_words(act.adopted_on)}")


@transaction.atomic
def confirm_all(checks: Mapping[Invitation, Check], *, by: User, at: datetime) -> int:
    """Send these invitations, each with how its address was checked; all of them or none. Raises Refused, naming it."""
    for invitation, check in checks.items():
        try:
            invitations.confirm(invitation, check=check, by=by, at=at)
        except Refused as refusal:
            raise Refused(f"{invitation.place.name}\u00a0: {refusal.sentence}") from refusal
    return len(checks)


# --- Thirty at once ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mayor:
    """One line of a table: who signs for a mairie, and where they are invited."""

    beneficiary: Beneficiary
    name: str
    quality: str
    email: str


def read(file: IO[bytes], drafts: Iterable[Agreement], *, by: User, on: date) -> list[Mayor]:
    """Read who signs for the mairies of these drafts. Raises Refused, and `Faulty` with each line at fault."""
    table = Table(file, BOUNDS)
    names = _headers(table)
    known = _by_place(drafts)
    lines: dict[int, int] = {}
    addresses: dict[str, int] = {}
    found = []
    for line in table:
        texts = {column: line.text(header) for column, header in names.items()}
        beneficiary = _beneficiary_of(line, names[COMMUNE], texts[COMMUNE], known)
        email = (texts[EMAIL] or "").lower()
        if beneficiary is not None and (first := lines.setdefault(beneficiary.pk, line.number)) != line.number:
            line.note(
                f"cette commune est déjà à la ligne {first}\u00a0: une seule personne signe pour elle.", names[COMMUNE]
            )
        if email and (first := addresses.setdefault(email, line.number)) != line.number:
            says = f"cette adresse est déjà à la ligne {first}\u00a0: chaque personne qui signe a la sienne."
            line.note(says, names[EMAIL])
        if is_shared(email):
            line.note(f"{SHARED[0].lower()}{SHARED[1:]}", names[EMAIL])
        for column in (NAME, QUALITY):
            if len(texts[column] or "") > 120:
                line.note("cette case compte 120 caractères au plus.", names[column])
        if line.is_sound and beneficiary is not None:
            mayor = Mayor(beneficiary, texts[NAME] or "", texts[QUALITY] or "", email)
            if reason := _why_not_mayor(mayor, by=by, on=on):
                line.note(f"{reason[0].lower()}{reason[1:]}", names[EMAIL])
            found.append(mayor)
    refuse(None if found else "Ce fichier ne contient aucune ligne sous celle des colonnes.")
    return found


@transaction.atomic
def invite_all(
    file: IO[bytes], drafts: Iterable[Agreement], *, note: str = "", by: User, at: datetime
) -> list[Invitation]:
    """Invite whoever signs for each mairie of a table, all of them or none.

    `note` says how their addresses were checked: without it, each invitation waits for its call. Raises Refused.
    """
    check = Check(Checked.CALL, note) if note.strip() else None
    return [
        invitations.invite(
            one.email,
            name=one.name,
            role=rules.SIGNING_ROLE[Party.Kind.BENEFICIARY],
            beneficiary=one.beneficiary,
            quality=one.quality,
            check=check,
            by=by,
            at=at,
        )
        for one in read(file, drafts, by=by, on=dates.day_of(at))
    ]


def _headers(table: Table) -> dict[str, str]:
    """The header of each of our columns, as this table writes it. Raises Refused when one is missing."""
    written = {folded(header): header for header in reversed(table.headers)}
    names = {
        column: next((written[one] for one in known if one in written), column) for column, known in HEADERS.items()
    }
    table.require(*names.values())
    return names


def _by_place(drafts: Iterable[Agreement]) -> dict[str, list[Beneficiary]]:
    """The beneficiaries of drafts by what a table may call them: INSEE code, name of the commune, their own name."""
    known: dict[str, list[Beneficiary]] = {}
    for agreement in drafts:
        body = agreement.bound
        calls = {folded(body.name), folded(body.place_name)}
        if body.commune is not None:
            calls.add(folded(body.commune.insee_code))
        for call in calls:
            known.setdefault(call, []).append(body)
    return known


def _beneficiary_of(
    line: Line, header: str, typed: str | None, known: Mapping[str, list[Beneficiary]]
) -> Beneficiary | None:
    if not typed:
        return None
    # A spreadsheet takes the first zero off « 01004 ».
    code = typed.zfill(5) if typed.isascii() and typed.isdigit() else typed
    found = known.get(folded(code), [])
    if len(found) == 1:
        return found[0]
    shown = f"«\u00a0{typed[:40]}\u00a0»"
    if found:
        line.note(f"{len(found)} communes s’appellent {shown}\u00a0: écrivez son code INSEE.", header)
    else:
        line.note(f"{shown} n’a pas de projet de convention ici\u00a0: vérifiez le nom, ou rédigez-le d’abord.", header)
    return None


def _why_not_mayor(mayor: Mayor, *, by: User, on: date) -> str | None:
    role, place = rules.SIGNING_ROLE[Party.Kind.BENEFICIARY], mayor.beneficiary
    if in_place(role, on=on, beneficiary=place):
        return "Une personne représente déjà cette mairie\u00a0: retirez cette ligne."
    if Invitation.objects.open().filter(role=role, beneficiary=place).exists():
        return "Une personne est déjà invitée à signer pour cette mairie\u00a0: retirez cette ligne, ou l’invitation."
    return why_not_invite(
        mayor.email, mayor.name, role=role, beneficiary=place, operator=None, last_day=None, by=by, on=on
    )
