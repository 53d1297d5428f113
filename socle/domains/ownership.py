"""Ownership of names: claimed by a public body, given by the operator, proved by a text in the zone, released."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django_scopes import scopes_disabled

from socle.domains import rules
from socle.domains.models import DomainName, Holder
from socle.domains.uses import uses_of
from socle.journal import actions as journal
from socle.lib import locks
from socle.lib.domains import zone_of
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User


@transaction.atomic
def claim(beneficiary: Beneficiary, name: str, *, at: datetime) -> DomainName:
    """Note that a name, read already, is to serve a beneficiary. Raises `Refused` when it touches one of another.

    Of two bodies that ask at once for names that touch each other, the second waits, and is refused: both names are in
    the same registered one, which is locked until the end of the transaction.
    """
    locks.hold_until_commit(f"own-name-{zone_of(name)}")
    refuse(rules.why_not_claim(beneficiary, name))
    return ensure(beneficiary.pk, name, is_own=True, at=at)


@transaction.atomic
def ensure(beneficiary_id: int, name: str, *, is_own: bool, at: datetime) -> DomainName:
    """Return the row of a name of a beneficiary, made when it has none; one under the operator's is in its zone.

    It is looked at soon, and so is its zone when we hold it: a use more wants more of it.
    """
    is_here = not is_own and bool(settings.SOCLE_ZONES)
    with scopes_disabled():  # One beneficiary, named by the caller.
        found, is_new = DomainName.objects.get_or_create(
            beneficiary_id=beneficiary_id,
            name=name,
            defaults={
                "is_own": is_own,
                "claimed_at": at,
                "next_check_at": at,
                "holder": Holder.OPERATOR if is_here else Holder.ELSEWHERE,
                "next_zone_at": at if is_here else None,
            },
        )
        if not is_new:
            look_soon(name, at=at)
    return found


def hold(name: str) -> None:
    """Hold the row of a name until commit: a check does so before it touches what the name serves, so do gestures."""
    with scopes_disabled():  # One name, given by the caller.
        list(DomainName.objects.select_for_update().filter(name=name).values_list("pk", flat=True))


@transaction.atomic
def look_soon(name: str, *, at: datetime) -> None:
    """Have a name looked at, and its zone written, at the next round: what is wanted of it has changed."""
    with scopes_disabled():  # One name, given by the caller.
        here = DomainName.objects.filter(name=name)
        here.update(next_check_at=at)
        here.filter(holder=Holder.OPERATOR).update(next_zone_at=at, zone_tries=0)


@transaction.atomic
def release(name: str, *, at: datetime) -> None:
    """Free a name that serves nothing more: it is proved again if it comes back. One still used is looked at soon."""
    with scopes_disabled():  # One name, given by the caller.
        for found in DomainName.objects.filter(name=name):
            if uses_of(found):
                look_soon(name, at=at)
            else:
                found.delete()


@transaction.atomic
def note_proof(name: DomainName, heard: Iterable[str], *, by: User, at: datetime) -> bool:
    """Keep that a name is proved once its zone says the token; return whether it just was."""
    if name.proved_at is not None or name.proof not in {text.strip() for text in heard}:
        return False
    with scopes_disabled():  # One name, given by the caller.
        is_new = bool(DomainName.objects.filter(pk=name.pk, proved_at__isnull=True).update(proved_at=at))
    name.proved_at = at
    if is_new:
        journal.record("name.proved", name, by=by, at=at, domain=name.name)
    return is_new
