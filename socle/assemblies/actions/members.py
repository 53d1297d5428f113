"""Actions on an assembly: what it is, who sits in it, what its statutes say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from socle.assemblies.convocation import population_that_counts
from socle.assemblies.law import confirmed, renewals
from socle.assemblies.models import Assembly, Member, StatuteRule
from socle.assemblies.rules import (
    read_names,
    why_not_address,
    why_not_keep,
    why_not_seat,
)
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.lib.text import folded
from socle.people.models import Beneficiary, Operator, User
from socle.territory.models import Commune


@transaction.atomic
def open_assembly(body: Beneficiary | Operator, *, by: User, at: datetime) -> Assembly:
    """Give a body its assembly, or return the one it has. Raises Refused."""
    refuse(why_not_keep(by, body, on=dates.day_of(at)))
    return assembly_for(body, on=dates.day_of(at))


def assembly_for(body: Beneficiary | Operator, *, on: date) -> Assembly:
    """The assembly of a body, made when it has none."""
    if (found := Assembly.of(body)) is not None:
        return found
    made = assembly_of(body, on=on)
    made.save(force_insert=True)
    return made


def assembly_of(body: Beneficiary | Operator, *, on: date) -> Assembly:
    """The assembly that a body is taken to have, not kept: of what is no commune, the statutes are to be confirmed."""
    if isinstance(body, Operator):
        return Assembly(operator=body, kind=Assembly.Kind.OPEN_SYNDICATE, name="assemblée délibérante")
    if body.kind != Beneficiary.Kind.COMMUNE:
        return Assembly(beneficiary=body, kind=Assembly.Kind.OPEN_SYNDICATE, name="assemblée délibérante")
    return Assembly(
        beneficiary=body,
        kind=Assembly.Kind.COMMUNE,
        name="conseil municipal",
        population=_population(body.commune, on) if body.commune else None,
        place="Salle du conseil",
    )


def _population(commune: Commune, on: date) -> int | None:
    """That of the last general renewal, where its vintage is loaded; that of today otherwise, which people correct."""
    vintages = dict(commune.vintages.values_list("vintage__year", "population"))
    counts = population_that_counts({day: vintages.get(year) for day, year in renewals().items()}, on=on)
    return counts if counts is not None else commune.population


@transaction.atomic
def describe(
    assembly: Assembly,
    *,
    kind: str,
    name: str,
    population: int | None,
    place: str,
    district: str = "",
    appeal: str = "",
    has_rejected_in_register: bool = True,
    by: User,
    at: datetime,
) -> Assembly:
    """Say what an assembly is, the population of its last general renewal, what its papers say. Raises Refused."""
    keep_or_refuse(assembly, by, at)
    assembly.kind, assembly.name, assembly.population, assembly.place = kind, name, population, place
    assembly.district, assembly.appeal, assembly.has_rejected_in_register = district, appeal, has_rejected_in_register
    assembly.save(
        update_fields=["kind", "name", "population", "place", "district", "appeal", "has_rejected_in_register"]
    )
    journal.record("assembly.described", assembly, by=by, at=at, kind=kind, population=population)
    return assembly


@transaction.atomic
def set_arms(assembly: Assembly, arms: bytes, *, by: User, at: datetime) -> Assembly:
    """Draw this coat of arms, a small PNG, at the head of the papers made from now on, or none. Raises Refused."""
    keep_or_refuse(assembly, by, at)
    assembly.arms = arms
    assembly.save(update_fields=["arms"])
    journal.record("assembly.arms_set", assembly, by=by, at=at, size=len(arms))
    return assembly


@dataclass(frozen=True)
class Seated:
    """A member of an assembly, as its people write them."""

    name: str
    function: str = Member.Function.MEMBER
    civility: str = ""
    delegation: str = ""
    college: str = ""
    email: str = ""
    born_on: date | None = None
    came_on: date | None = None


@transaction.atomic
def seat(assembly: Assembly, wanted: Seated, *, by: User, at: datetime) -> Member:
    """Write a person among the members, the last of the table. Raises Refused."""
    keep_or_refuse(assembly, by, at)
    return write_member(assembly, wanted, by=by, at=at)


@transaction.atomic
def write_member(assembly: Assembly, wanted: Seated, *, by: User, at: datetime) -> Member:
    """The same as `seat`, for a door that let the person in by a rule of its own (the editor of a site)."""
    refuse(why_not_seat(assembly, wanted.name, function=wanted.function))
    last = assembly.members.aggregate(last=Max("position"))["last"] or 0
    who = Member.objects.create(assembly=assembly, position=last + 1, **vars(wanted))
    journal.record("assembly.member_seated", assembly, by=by, at=at, member=who.pk, function=who.function)
    return who


@transaction.atomic
def seat_all(assembly: Assembly, words: str, *, by: User, at: datetime) -> list[Member]:
    """Write the members given one a line, « Mme Claire Exemple, maire »: all or none. Raises Refused.

    A line may hold an address, wherever. Whoever is there stays as they are, but for an address that was not known.
    """
    keep_or_refuse(assembly, by, at)
    known = {folded(one.name): one for one in assembly.members.filter(left_on=None)}
    seated = []
    for name, civility, said, address in read_names(words):
        refuse(why_not_address(address))
        there = known.get(folded(name))
        if there is None:
            wanted = Seated(name, _function(assembly, said), civility, email=address)
            there = write_member(assembly, wanted, by=by, at=at)
            seated.append(there)
        elif address and not there.email:
            there.email = address
            there.save(update_fields=["email"])
            journal.record("assembly.member_changed", assembly, by=by, at=at, member=there.pk, function=there.function)
        known[folded(name)] = there
    return seated


def _function(assembly: Assembly, said: str) -> str:
    """Read a function typed in words: « 1re adjointe », « maire »; a member without any."""
    words = folded(said)
    if words.startswith("vice") or "adjoint" in words:
        return Member.Function.DEPUTY
    if words.startswith("maire" if assembly.is_commune else "president"):
        return Member.Function.MAYOR
    return Member.Function.DELEGATED if "delegu" in words or "bureau" in words else Member.Function.MEMBER


@transaction.atomic
def correct(who: Member, wanted: Seated, *, by: User, at: datetime) -> Member:
    """Correct what is written of a member. Raises Refused."""
    keep_or_refuse(who.assembly, by, at)
    return correct_member(who, wanted, by=by, at=at)


@transaction.atomic
def correct_member(who: Member, wanted: Seated, *, by: User, at: datetime) -> Member:
    """The same as `correct`, for a door that let the person in by a rule of its own."""
    refuse(why_not_seat(who.assembly, wanted.name, function=wanted.function, who=who))
    for name, value in vars(wanted).items():
        setattr(who, name, value)
    who.save(update_fields=list(vars(wanted)))
    journal.record("assembly.member_changed", who.assembly, by=by, at=at, member=who.pk, function=who.function)
    return who


@transaction.atomic
def leave(who: Member, *, left_on: date, by: User, at: datetime) -> Member:
    """Note that a member is no longer in office from this day on; what they voted before stays. Raises Refused."""
    keep_or_refuse(who.assembly, by, at)
    return member_left(who, left_on=left_on, by=by, at=at)


@transaction.atomic
def member_left(who: Member, *, left_on: date, by: User, at: datetime) -> Member:
    """The same as `leave`, for a door that let the person in by a rule of its own."""
    who.left_on = max(left_on, who.came_on or left_on)
    who.save(update_fields=["left_on"])
    journal.record("assembly.member_left", who.assembly, by=by, at=at, member=who.pk, left_on=who.left_on.isoformat())
    return who


@transaction.atomic
def confirm_statute(assembly: Assembly, row: StatuteRule, *, by: User, at: datetime) -> StatuteRule:
    """Write a rule that the statutes say, with its article; said again, it replaces. Raises Refused."""
    keep_or_refuse(assembly, by, at)
    assembly.statutes.filter(topic=row.topic, first_on=row.first_on).delete()
    row.assembly = assembly
    row.save(force_insert=True)
    journal.record("assembly.statute_confirmed", assembly, by=by, at=at, rule=row.topic)
    return row


@transaction.atomic
def withdraw_statute(row: StatuteRule, *, by: User, at: datetime) -> None:
    """Take back a rule of the statutes written by mistake. Raises Refused."""
    keep_or_refuse(row.assembly, by, at)
    journal.record("assembly.statute_withdrawn", row.assembly, by=by, at=at, rule=row.topic)
    row.delete()


def earliest_on(assembly: Assembly, *, sent_on: date) -> date | None:
    """The first day on which a meeting convened this day may be held; None while the statutes are to be confirmed."""
    population = assembly.population if assembly.needs_population else None
    if assembly.needs_population and population is None:
        return None
    rule = confirmed(assembly.law, "clear_days", on=sent_on, population=population)
    return sent_on + timedelta(days=rule.number + 1) if rule.is_confirmed else None


def keep_or_refuse(assembly: Assembly, by: User, at: datetime) -> None:
    """Raise Refused for whoever does not keep this assembly."""
    refuse(why_not_keep(by, assembly.body, on=dates.day_of(at)))
