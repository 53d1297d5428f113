"""Claim, prove and release the domain names of public bodies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib import locks
from socle.lib.domains import zone_of
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User
from socle.people.names import rules
from socle.people.names.models import OwnName, Use


@transaction.atomic
def claim(beneficiary: Beneficiary, name: str, *, use: Use, at: datetime) -> OwnName:
    """Note that a name, read already, is to serve a beneficiary. Raises `Refused` when it touches one of another.

    Of two bodies that ask at once for names that touch each other, the second waits, and is refused: both names are in
    the same registered one, which is locked until the end of the transaction.
    """
    locks.hold_until_commit(f"own-name-{zone_of(name)}")
    refuse(rules.why_not_claim(beneficiary, name))
    return ensure(beneficiary.pk, name, use=use, at=at)


@transaction.atomic
def ensure(beneficiary_id: int, name: str, *, use: Use, at: datetime) -> OwnName:
    """Return the row of a name that a beneficiary has, made when it has none yet."""
    with scopes_disabled():  # One beneficiary, named by the caller.
        own, _ = OwnName.objects.get_or_create(
            beneficiary_id=beneficiary_id, name=name, defaults={"claimed_at": at, use.field: True}
        )
        if not getattr(own, use.field):
            setattr(own, use.field, True)
            own.save(update_fields=[use.field])
    return own


@transaction.atomic
def release(beneficiary_id: int, name: str, *, use: Use) -> None:
    """Note that a name serves this no more; one that serves nothing is free, and is proved again if it comes back."""
    with scopes_disabled():  # One beneficiary, named by the caller.
        mine = OwnName.objects.filter(beneficiary=beneficiary_id, name=name)
        mine.update(**{use.field: False})
        mine.filter(is_for_site=False, is_for_mail=False).delete()


@transaction.atomic
def note_proof(own: OwnName, heard: Iterable[str], *, by: User, at: datetime) -> bool:
    """Keep that a name is proved once its zone says the token; return whether it just was."""
    if own.proved_at is not None or own.proof not in {text.strip() for text in heard}:
        return False
    with scopes_disabled():  # One name, named by the caller.
        is_new = bool(OwnName.objects.filter(pk=own.pk, proved_at__isnull=True).update(proved_at=at))
    own.proved_at = at
    if is_new:
        journal.record("name.proved", own, by=by, at=at, domain=own.name)
    return is_new
