"""Enrolling public bodies and people, giving and ending roles."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates, siret
from socle.lib.refusals import refuse
from socle.lib.text import of_place
from socle.people import rules
from socle.people.models import Beneficiary, Membership, Operator, Role, User
from socle.people.sign_in import sessions
from socle.territory.models import Commune, Department, TownHall

COMMUNE = "commune"
# What a role says of its own end, besides the day.
DEPARTURE = ("successor", "reminded_at", "handed_over_at")


@transaction.atomic
def register_beneficiary(commune: Commune, *, by: User, at: datetime) -> Beneficiary:
    """Return the beneficiary that this commune is, made from its public facts the first time.

    The SIRET is proposed (SIREN, establishment 0001, key) and stays to be confirmed by the commune: its NIC is in no
    open data. Raises `Refused` when the commune no longer exists.
    """
    known = Beneficiary.objects.filter(commune=commune).first()
    if known is not None:
        return known
    refuse(rules.why_not_register(commune))
    town_hall = TownHall.objects.filter(commune=commune).first() or TownHall()
    beneficiary = Beneficiary.objects.create(
        kind=Beneficiary.Kind.COMMUNE,
        commune=commune,
        department=commune.department,
        name=f"Commune {of_place(commune.name)}",
        legal_form=COMMUNE,
        siret=siret.complete(commune.siren) if commune.siren else "",
        seat=seat_of(town_hall),
        email=town_hall.email,
        phone=town_hall.phone,
    )
    journal.record("beneficiary.registered", beneficiary, by=by, at=at, insee_code=commune.insee_code)
    return beneficiary


def seat_of(town_hall: TownHall) -> str:
    """Return the address of a mairie on one line, or nothing when it is not known."""
    city = f"{town_hall.postal_code} {town_hall.city}".strip()
    return ", ".join(part for part in (town_hall.address, city) if part)[:250]


@transaction.atomic
def register_public_body(
    name: str, *, legal_form: str, siret_number: str, seat: str, department: Department, by: User, at: datetime
) -> Beneficiary:
    """Return a beneficiary that is not a commune (founding act, article 5), made the first time its SIRET is given.

    Raises `Refused` when the name is missing or the SIRET is wrong. Whoever gives the SIRET has read it on the body's
    own papers: it is confirmed.
    """
    number = siret.normalise(siret_number)
    refuse(rules.why_not_register_body(name, number))
    known = Beneficiary.objects.filter(kind=Beneficiary.Kind.OTHER, siret=number).first()
    if known is not None:
        return known
    beneficiary = Beneficiary.objects.create(
        kind=Beneficiary.Kind.OTHER,
        department=department,
        name=name.strip(),
        legal_form=legal_form.strip(),
        siret=number,
        is_siret_confirmed=True,
        seat=seat.strip(),
    )
    journal.record("beneficiary.registered", beneficiary, by=by, at=at, siret=number)
    return beneficiary


@transaction.atomic
def confirm_siret(beneficiary: Beneficiary, *, siret: str, by: User, at: datetime) -> Beneficiary:
    """Keep the SIRET its own people give for a beneficiary, the proposed one or another; raise `Refused` when wrong."""
    number = normalise_siret(siret)
    refuse(rules.why_not_confirm_siret(beneficiary, number, by=by, on=dates.day_of(at)))
    beneficiary.siret = number
    beneficiary.is_siret_confirmed = True
    beneficiary.save(update_fields=["siret", "is_siret_confirmed"])
    journal.record("beneficiary.siret_confirmed", beneficiary, by=by, at=at, siret=number)
    return beneficiary


def normalise_siret(text: str) -> str:
    """Return the digits of a SIRET as people type it."""
    return siret.normalise(text)


@transaction.atomic
def enrol(email: str, *, name: str, by: User, at: datetime, is_fictitious: bool = False) -> User:
    """Open an account for a person, without a password: theirs is set by the link they ask for.

    Returns the account that already bears this address, unchanged. Raises `Refused` on a wrong address or no name.
    """
    address = email.strip().lower()
    refuse(rules.why_not_enrol(address, name))
    known = User.objects.filter(email=address).first()
    if known is not None:
        return known
    user = User.objects.create_user(address, name=name.strip(), is_fictitious=is_fictitious)
    journal.record("person.enrolled", user, by=by, at=at)
    return user


@transaction.atomic
def give_role(
    user: User,
    *,
    role: Role,
    beneficiary: Beneficiary | None = None,
    operator: Operator | None = None,
    quality: str = "",
    starts_on: date | None = None,
    has_box: bool = True,
    by: User,
    at: datetime,
) -> Membership:
    """Give a person a role somewhere, from a day on; return the one already held, open again when it had ended.

    `has_box`: a mailbox is opened to them there, where the mail is in service. `quality` is how an act writes it
    (« Maire », « Présidente »). Raises `Refused` when the role does not fit there.
    """
    refuse(rules.why_not_give_role(role, beneficiary=beneficiary, operator=operator))
    on = dates.day_of(at)
    had_to = rules.must_have_second_factor(user, on=on)
    membership, is_new = Membership.objects.get_or_create(
        user=user,
        role=role,
        beneficiary=beneficiary,
        operator=operator,
        defaults={"quality": quality, "starts_on": starts_on or on, "has_box": has_box},
    )
    if not is_new:
        if membership.ends_on is None or membership.ends_on >= on:
            return membership
        membership.starts_on, membership.ends_on, membership.quality = starts_on or on, None, quality
        membership.has_box = has_box
        membership.successor = membership.reminded_at = membership.handed_over_at = None
        membership.save(update_fields=["starts_on", "ends_on", "quality", "has_box", *DEPARTURE])
    journal.record("role.given", membership, by=by, at=at, role=role.value, starts_on=str(membership.starts_on))
    if not had_to and rules.must_have_second_factor(user, on=on):
        # Sessions opened with a password alone do not inherit what the role opens.
        sessions.end_all(user, by=by, at=at)
    return membership


@transaction.atomic
def end_role(
    membership: Membership, *, last_day: date, successor: User | None = None, by: User, at: datetime
) -> Membership:
    """End a role; `last_day` is its last day. Raises `Refused` when that day precedes its first one, or is past.

    What the person holds there passes to `successor` when that day is over, or is left to be given (`offboarding.py`).
    """
    refuse(rules.why_not_end_role(membership, last_day, by=by, on=dates.day_of(at)))
    if successor is not None:
        refuse(rules.why_not_succeed(successor, membership, after=last_day))
    membership.ends_on, membership.successor, membership.reminded_at = last_day, successor, None
    membership.save(update_fields=["ends_on", *DEPARTURE])
    next_one = {"successor": successor.pk} if successor is not None else {}
    journal.record("role.ended", membership, by=by, at=at, role=membership.role, ends_on=str(last_day), **next_one)
    return membership


@transaction.atomic
def keep_role(membership: Membership, *, by: User, at: datetime) -> Membership:
    """Take back the end of a role, until its last day. Raises `Refused` afterwards."""
    refuse(rules.why_not_keep_role(membership, by=by, on=dates.day_of(at)))
    membership.ends_on = membership.successor = membership.reminded_at = None
    membership.save(update_fields=["ends_on", *DEPARTURE])
    journal.record("role.kept", membership, by=by, at=at, role=membership.role)
    return membership


@transaction.atomic
def end_role_with_commune(membership: Membership, *, last_day: date, by: User, at: datetime) -> Membership:
    """End a role because its commune merged; who may is said by the rule of the plan that carries the merger."""
    membership.ends_on = last_day
    membership.save(update_fields=["ends_on"])
    journal.record("role.ended", membership, by=by, at=at, ends_on=str(last_day))
    return membership


@transaction.atomic
def give_back_role(membership: Membership, *, ends_on: date | None, by: User, at: datetime) -> Membership:
    """Give a role back the last day it had, or none, when what ended it is undone."""
    membership.ends_on = ends_on
    membership.reminded_at = membership.handed_over_at = None
    membership.save(update_fields=["ends_on", *DEPARTURE])
    journal.record("role.given", membership, by=by, at=at, role=membership.role, ends_on=str(ends_on or ""))
    return membership


@transaction.atomic
def take_back_role(membership: Membership, *, by: User, at: datetime) -> None:
    """Remove a role given by what is being undone: it never should have been; the journal keeps that it was."""
    journal.record("role.taken_back", membership, by=by, at=at, role=membership.role)
    membership.delete()
