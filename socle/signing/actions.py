"""Opening a round of signatures, and signing in it. Each signed version is another document; none is ever altered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.signing import authority, fields, pades
from socle.signing.models import Round, Slot
from socle.signing.rules import why_not_sign


@transaction.atomic
def open_round(document: Document, *, slots: Sequence[tuple[str, str]], by: User, at: datetime) -> Round:
    """Ask for signatures on a kept document, in this order; each slot is a field of the PDF and whom it is for.

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
    round_ = Round.objects.create(original=document, current=document, opened_at=at)
    Slot.objects.bulk_create(
        Slot(round=round_, rank=rank, field_name=name, label=label) for rank, (name, label) in enumerate(slots, 1)
    )
    journal.record("round.opened", round_, by=by, at=at, document=document.pk, sha256=document.sha256, slots=names)
    return round_


def sign(slot: Slot, *, by: User, at: datetime, quality: str, place: str = "", organisation: str = "") -> Document:
    """Sign this place in the name of its party, and return the new version of the document, kept.

    `quality` and `place` are written in the signature as an act would (« maire », « Prisches »), or left out when
    empty; `organisation` goes into the certificate, and is the slot's label when empty. `at` is the time of signature.
    The signature is PAdES B-B, written as an incremental update: earlier ones stay valid, and the first certifies that
    only the places to sign may still be filled (DocMDP 2). The last one closes the round.

    The row of the round is held from the check to the commit, so that of two simultaneous signatures one is refused. A
    crash before the commit leaves the round as it was. Raises `Refused`.
    """
    with transaction.atomic():
        # Locked without any join: PostgreSQL checks a join again after the wait, and would find the row gone.
        round_ = Round.objects.select_for_update().get(pk=slot.round_id)
        fresh = Slot.objects.select_related("signed_by", "round").get(pk=slot.pk)
        refuse(why_not_sign(fresh, by=by))
        last = round_.slots.exclude(signed_at=None).order_by("-rank").first()
        earliest = last.signed_at if last and last.signed_at else round_.opened_at
        if at < earliest:
            raise Refused("La date de signature précède l’étape d’avant\u00a0: vérifiez l’horloge de la machine.")
        content = documents.read(round_.current)
        if fresh.field_name not in fields.empty_fields(content):
            raise Refused("La place prévue dans le document est déjà remplie\u00a0: prévenez l’opérateur.")
        credentials = authority.credentials_of(by, organisation=organisation or fresh.label)
        signed = pades.sign(
            content,
            field_name=fresh.field_name,
            credentials=credentials,
            at=at,
            name=by.name,
            quality=quality,
            place=place,
            organisation=organisation or fresh.label,
            is_first=last is None,
        )
        remaining = round_.slots.filter(signed_at=None).exclude(pk=fresh.pk).count()
        original = round_.original
        result = documents.keep(
            signed,
            title=original.title,
            filename=_filename(original, fresh.rank),
            by=by,
            at=at,
            beneficiary=original.beneficiary,
        )
        Slot.objects.filter(pk=fresh.pk, signed_at=None).update(
            signed_by=by, signed_at=at, certificate_sha256=credentials.certificate_sha256, result=result
        )
        Round.objects.filter(pk=round_.pk).update(current=result, closed_at=None if remaining else at)
        journal.record(
            "slot.signed",
            fresh,
            by=by,
            at=at,
            round=round_.pk,
            document=result.pk,
            sha256=result.sha256,
            certificate_sha256=credentials.certificate_sha256,
        )
        if not remaining:
            journal.record("round.closed", round_, by=by, at=at, document=result.pk, sha256=result.sha256)
    slot.refresh_from_db()
    return result


def _filename(original: Document, rank: int) -> str:
    stem = (original.file.name or "document").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return f"{stem}-signature-{rank}.pdf"
