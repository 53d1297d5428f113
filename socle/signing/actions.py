"""Opening a round of signatures, and signing in it. Each signed version is another document; none is ever altered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.signing import evidence, fields, qualification
from socle.signing.contract import SigningError, trust
from socle.signing.evidence import SignIn
from socle.signing.models import Evidence, Round, Slot, Way
from socle.signing.rules import why_not_deposit, why_not_in_product, why_not_sign


@transaction.atomic
def open_round(
    document: Document, *, slots: Sequence[tuple[str, str]], code: str = "", by: User, at: datetime
) -> Round:
    """Ask for signatures on a kept document, in this order; each slot is a field of the PDF and whom it is for.

    `code` is the one that its pages bear, if they do: the scan of a signature on paper is known by it.

    Raises `Refused` when a field is missing from the document, is signed already, or when a round is already open.
    """
    if Round.objects.filter(original=document).exists():
        raise Refused("Les signatures de ce document sont déjà demandées.")
    free = fields.empty_fields(documents.read(document))
    names = [name for name, _ in slots]
    if not names or len(set(names)) != len(names):
        raise ValueError("a round has at least one slot, and each slot its own field")
    for name, label in slots:
        if name not in free:
            raise Refused(
                f"Le document n’a pas de place libre pour la signature de {label}\u00a0: composez-le de nouveau."
            )
    round_ = Round.objects.create(original=document, current=document, opened_at=at, code=code)
    Slot.objects.bulk_create(
        Slot(round=round_, rank=rank, field_name=name, label=label) for rank, (name, label) in enumerate(slots, 1)
    )
    journal.record("round.opened", round_, by=by, at=at, document=document.pk, sha256=document.sha256, slots=names)
    return round_


@dataclass(frozen=True)
class Prepared:
    """One signature made and not kept yet: the whole file, on which version it stands, and its proof."""

    based_on: int
    content: bytes
    way: Way
    certificate_sha256: str
    evidence: str
    at: datetime


def prepare(
    slot: Slot,
    *,
    by: User,
    at: datetime,
    quality: str,
    place: str = "",
    organisation: str = "",
    sign_in: SignIn | None = None,
) -> Prepared:
    """Seal this place in the name of its party, and return what `fill` keeps.

    `quality` and `place` are written in the signature as an act would (« maire », « Prisches »), or left out when
    empty; `organisation` is the party's name, the slot's label when empty. Authorities are asked meanwhile, so this is
    done outside of any transaction, and changes nothing. Raises `Refused`, also when one of them does not answer.
    """
    from socle.signing import pades
    from socle.signing.statement import Statement

    round_ = Round.objects.select_related("current", "original").get(pk=slot.round_id)
    slots = round_.read_slots()
    slot = slots[slot.pk]
    refuse(why_not_sign(slot, by=by))
    refuse(why_not_in_product(slot, sign_in=sign_in, at=at))
    former = [one.signed_at for one in slots.values() if one.signed_at is not None]
    if at < (former[-1] if former else round_.opened_at):
        raise Refused("La date de signature précède l’étape d’avant\u00a0: vérifiez l’horloge de la machine.")
    content = documents.read(round_.current)
    if slot.field_name not in fields.empty_fields(content):
        raise Refused("La place prévue dans le document est déjà remplie\u00a0: prévenez l’opérateur.")
    party = organisation or slot.label
    body = evidence.written(
        document_sha256=round_.current.sha256,
        field=slot.field_name,
        party=party,
        person=by.name,
        account=by.pk,
        quality=quality,
        at=at,
        sign_in=sign_in,
    )
    statement = Statement(slot.field_name, party, by.name, hashlib.sha256(body.encode()).hexdigest())
    try:
        signed, certificate = pades.seal(
            content,
            trust=trust(),
            statement=statement,
            at=at,
            quality=quality,
            place=place,
            is_first=not former,
            is_last=len(former) + 1 == len(slots),
        )
    except SigningError as error:
        raise Refused(error.sentence) from error
    return Prepared(round_.current_id, signed, Way.SEAL, hashlib.sha256(certificate).hexdigest(), body, at)


def examine(slot: Slot, content: bytes, *, by: User, at: datetime) -> Prepared:
    """Examine a document that this person signed elsewhere, and return what `fill` keeps: nothing is kept yet.

    Authorities are asked, outside of any transaction. Raises `Refused`: `deposits` says everything that is not taken.
    """
    from socle.signing import deposits

    slot = Slot.objects.select_related("round__current", "round__original", "signed_by").get(pk=slot.pk)
    refuse(why_not_sign(slot, by=by))
    refuse(why_not_deposit(slot))
    former = [slot.round.original, *(one.result for one in slot.round.slots.exclude(result=None))]
    taken, certificate, path = deposits.take(
        content,
        current=documents.read(slot.round.current),
        former=[documents.read(one) for one in former if one is not None],
        field_name=slot.field_name,
        names=[by.name],
        trust=trust(),
        since=slot.round.current.kept_at,
        at=at,
    )
    digest = hashlib.sha256(certificate.dump()).hexdigest()
    body = evidence.written_of_certificate(
        document_sha256=slot.round.current.sha256,
        field=slot.field_name,
        party=slot.label,
        person=by.name,
        account=by.pk,
        certificate_sha256=digest,
        qualification=qualification.facts_of(path, at=at),
        at=at,
    )
    return Prepared(slot.round.current_id, taken, Way.CERTIFICATE, digest, body, at)


@transaction.atomic
def fill(slot: Slot, prepared: Prepared, *, by: User) -> Document:
    """Keep a signature made by `prepare`, and return the new version of the document. The last one closes the round.

    The row of the round is held from the check to the commit, so that of two simultaneous signatures one is refused. A
    crash before the commit leaves the round as it was. Raises `Refused`.
    """
    # Locked without any join: PostgreSQL checks a join again after the wait, and would find the row gone.
    round_ = Round.objects.select_for_update().get(pk=slot.round_id)
    slots = round_.read_slots()
    fresh = slots[slot.pk]
    refuse(why_not_sign(fresh, by=by))
    if round_.current_id != prepared.based_on:
        raise Refused("Le document a changé pendant que vous signiez\u00a0: relisez-le, puis signez.")
    remaining = sum(one.signed_at is None for one in slots.values()) - 1
    original, at = round_.original, prepared.at
    result = documents.keep(
        prepared.content,
        title=original.title,
        filename=filename_of(original, fresh.rank),
        by=by,
        at=at,
        beneficiary=original.beneficiary,
    )
    Slot.objects.filter(pk=fresh.pk, signed_at=None).update(
        signed_by=by,
        signed_at=at,
        way=prepared.way,
        certificate_sha256=prepared.certificate_sha256,
        result=result,
    )
    if prepared.evidence:
        Evidence.objects.create(slot=fresh, body=prepared.evidence)
    Round.objects.filter(pk=round_.pk).update(current=result, closed_at=None if remaining else at)
    journal.record(
        "slot.signed",
        fresh,
        by=by,
        at=at,
        round=round_.pk,
        document=result.pk,
        sha256=result.sha256,
        way=prepared.way.value,
        certificate_sha256=prepared.certificate_sha256,
        evidence_sha256=hashlib.sha256(prepared.evidence.encode()).hexdigest() if prepared.evidence else "",
    )
    if not remaining:
        journal.record("round.closed", round_, by=by, at=at, document=result.pk, sha256=result.sha256)
    slot.refresh_from_db()
    return result


def sign(
    slot: Slot,
    *,
    by: User,
    at: datetime,
    quality: str,
    place: str = "",
    organisation: str = "",
    sign_in: SignIn | None = None,
) -> Document:
    """Seal this place and keep the new version: `prepare`, then `fill`. Raises `Refused`."""
    prepared = prepare(slot, by=by, at=at, quality=quality, place=place, organisation=organisation, sign_in=sign_in)
    return fill(slot, prepared, by=by)


def filename_of(original: Document, rank: int) -> str:
    """The name of the file of the version signed in this place."""
    stem = (original.file.name or "document").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return f"{stem}-signature-{rank}.pdf"
