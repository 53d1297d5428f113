"""Signing many documents after one reading of a frozen list: what was read, and by whom, kept for each signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.signing.evidence import SignIn
from socle.signing.identified import frozen
from socle.signing.models import Reading, ReadSlot, Slot


@transaction.atomic
def keep(places: Sequence[tuple[str, Slot]], *, key: UUID, sign_in: SignIn | None, by: User, at: datetime) -> Reading:
    """Keep that this person read these documents, each by its number, and asked to sign them all; once by key.

    The places come with `round.current`, which is what was read.
    """
    if known := Reading.objects.filter(key=key, by=by).first():
        return known
    reading = Reading.objects.create(
        key=key,
        by=by,
        read_at=at,
        sha256=frozen((number, slot.round.current.sha256) for number, slot in places),
        method=sign_in.method if sign_in else "",
        identified_at=sign_in.at if sign_in else None,
        session_sha256=sign_in.session_sha256 if sign_in else "",
        address=sign_in.address if sign_in else "",
    )
    ReadSlot.objects.bulk_create(
        [ReadSlot(reading=reading, slot=slot, document_sha256=slot.round.current.sha256) for _, slot in places],
        batch_size=500,
    )
    journal.record("reading.kept", reading, by=by, at=at, sha256=reading.sha256, lines=len(places))
    return reading


def of(slot: Slot, *, by: User) -> Reading:
    """The last reading by which this person asked to sign this place. Raises `Refused` when what was read changed."""
    read = ReadSlot.objects.filter(slot=slot, reading__by=by).select_related("reading").order_by("pk").last()
    if read is None:
        raise Refused("Vous n’avez pas relu ce document\u00a0: ouvrez «\u00a0À signer\u00a0», relisez, puis signez.")
    if read.document_sha256 != slot.round.current.sha256:
        raise Refused("Ce document a changé depuis que vous l’avez relu\u00a0: relisez-le, puis signez.")
    return read.reading


def sign_in_of(reading: Reading) -> SignIn | None:
    """How the person was identified for that reading; None in a demonstration."""
    if reading.identified_at is None:
        return None
    return SignIn(
        method=reading.method,
        at=reading.identified_at,
        session_sha256=reading.session_sha256,
        address=reading.address,
        several=reading.sha256,
        decided_at=reading.read_at,
    )
