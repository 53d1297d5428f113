"""Signatures on paper: recorded with their scan, attested, confirmed, contested; sure at the end, or taken back.

A place recorded on paper lets the next one sign, and is filled only once it is sure: nothing calls it signed before.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from django.db import transaction

from socle.documents import actions as documents
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.signing import evidence
from socle.signing.actions import filename_of
from socle.signing.evidence import SignIn
from socle.signing.models import MOVES, PaperSignature, Round, Slot, Way
from socle.signing.prints import Scan
from socle.signing.rules import (
    why_not_answer,
    why_not_attest,
    why_not_hand_over,
    why_not_identified,
    why_not_let_pass,
    why_not_paper,
    why_not_scan,
    why_not_sign,
)

Status = PaperSignature.Status


@transaction.atomic
def record(
    slot: Slot, *, scan: Scan, signatory: User, signed_on: date, by: User, at: datetime, sign_in: SignIn | None
) -> PaperSignature:
    """Keep the scan of a document signed on paper, and who attests that it is of the original. Raises `Refused`.

    `signed_on` is the day that the paper says. Whoever signed and records it has confirmed it: it is sure at once.
    """
    round_ = Round.objects.select_for_update().get(pk=slot.round_id)
    slot = Slot.objects.select_related("round__original", "signed_by").get(pk=slot.pk)
    refuse(why_not_sign(slot, by=signatory) or why_not_paper(slot) or why_not_scan(slot, scan))
    refuse(why_not_hand_over(sign_in, at=at))
    original = round_.original
    kept = documents.keep(
        scan.content,
        title=f"Papier signé, numérisé\u00a0: {original.title}"[:200],
        filename=f"papier-{filename_of(original, slot.rank)}",
        by=by,
        at=at,
        beneficiary=original.beneficiary,
    )
    has_code = scan.shows(round_.code)
    body = evidence.written_of_paper(
        document_sha256=original.sha256,
        scan_sha256=kept.sha256,
        field=slot.field_name,
        party=slot.label,
        person=signatory.name,
        account=signatory.pk,
        signed_on=signed_on,
        attested_by=by.name,
        attested_account=by.pk,
        code=round_.code if has_code else "",
        sign_in=sign_in,
        at=at,
    )
    paper = PaperSignature.objects.create(
        slot=slot, scan=kept, signatory=signatory, signed_on=signed_on, has_code=has_code, recorded_by=by,
        recorded_at=at, body=body,
    )  # fmt: skip
    Slot.objects.filter(pk=slot.pk).update(recorded_at=at, way=Way.PAPER)
    journal.record(
        "paper.recorded",
        paper,
        by=by,
        at=at,
        round=round_.pk,
        slot=slot.pk,
        document=kept.pk,
        sha256=kept.sha256,
        has_code=has_code,
        evidence_sha256=_digest(body),
        signatory=signatory.pk,
    )
    if by.pk == signatory.pk:
        _fill(paper, round_, status=Status.CONFIRMED, by=by, at=at)
    return paper


@transaction.atomic
def attest(paper: PaperSignature, *, by: User, at: datetime, sign_in: SignIn | None) -> PaperSignature:
    """Attest, as a second person, a paper on which no code was read. Raises `Refused`."""
    paper, _ = held(paper)
    refuse(why_not_attest(paper, by=by) or why_not_identified(sign_in, at=at))
    # Its party is told again: its silence counts from then on.
    paper.attested_by, paper.attested_at, paper.told_at = by, at, None
    paper.save(update_fields=["attested_by", "attested_at", "told_at"])
    answer = _answer(paper, said=evidence.ATTESTED, by=by, at=at, sign_in=sign_in)
    journal.record("paper.attested", paper, by=by, at=at, evidence_sha256=_digest(answer))
    return paper


@transaction.atomic
def confirm(paper: PaperSignature, *, by: User, at: datetime, sign_in: SignIn | None) -> PaperSignature:
    """Confirm, in the name of its party, a signature on paper: it is sure. Raises `Refused`."""
    paper, round_ = held(paper)
    refuse(why_not_answer(paper) or why_not_identified(sign_in, at=at))
    _answer(paper, said=evidence.CONFIRMED, by=by, at=at, sign_in=sign_in)
    _fill(paper, round_, status=Status.CONFIRMED, by=by, at=at)
    return paper


@transaction.atomic
def let_pass(paper: PaperSignature, *, by: User, at: datetime) -> PaperSignature:
    """Hold for sure a signature on paper that its party did not contest in its time. Raises `Refused`."""
    paper, round_ = held(paper)
    refuse(why_not_let_pass(paper, on=dates.day_of(at)))
    _fill(paper, round_, status=Status.UNCONTESTED, by=by, at=at)
    return paper


@transaction.atomic
def contest(paper: PaperSignature, *, reason: str, by: User, at: datetime) -> PaperSignature:
    """Contest, in the name of its party, a signature on paper: its place is free again, its scan stays kept."""
    paper, _ = held(paper)
    refuse(why_not_answer(paper))
    answer = _answer(paper, said=evidence.CONTESTED, reason=reason, by=by, at=at, sign_in=None)
    _settle(paper, Status.CONTESTED, by=by, at=at)
    Slot.objects.filter(pk=paper.slot_id).update(recorded_at=None, way="")
    journal.record("paper.contested", paper, by=by, at=at, slot=paper.slot_id, evidence_sha256=_digest(answer))
    return paper


def held(paper: PaperSignature) -> tuple[PaperSignature, Round]:
    """The row as it is now, and its round, held until the transaction ends: the round first, as whoever signs does."""
    round_ = Round.objects.select_for_update().get(slots=paper.slot_id)
    return PaperSignature.objects.select_related("slot", "signatory", "scan").get(pk=paper.pk), round_


def _fill(paper: PaperSignature, round_: Round, *, status: PaperSignature.Status, by: User, at: datetime) -> None:
    """Fill the place of a paper that is sure; the last one closes the round."""
    _settle(paper, status, by=by, at=at)
    # At noon on the day that the paper says, or at the very instant when it was recorded the same day.
    on, recorded_at = paper.signed_on, paper.recorded_at
    signed_at = recorded_at if dates.day_of(recorded_at) == on else dates.bounds_of(on)[0] + timedelta(hours=12)
    Slot.objects.filter(pk=paper.slot_id, signed_at=None).update(
        signed_by=paper.signatory, signed_at=signed_at, way=Way.PAPER, result=paper.scan
    )
    slots = list(round_.slots.select_related("result").order_by("rank"))
    is_whole = all(slot.signed_at for slot in slots)
    last = [slot.result for slot in slots if slot.result is not None][-1]
    Round.objects.filter(pk=round_.pk).update(current=last, closed_at=at if is_whole else None)
    journal.record("paper.settled", paper, by=by, at=at, slot=paper.slot_id, status=status.value)
    if is_whole:
        journal.record("round.closed", round_, by=by, at=at, document=last.pk, sha256=last.sha256)


def _settle(paper: PaperSignature, status: PaperSignature.Status, *, by: User, at: datetime) -> None:
    if status not in MOVES[Status(paper.status)]:
        raise ValueError(f"a paper that is {paper.status} does not become {status}")
    paper.status, paper.settled_by, paper.settled_at = status, by, at
    paper.save(update_fields=["status", "settled_by", "settled_at"])


def _answer(
    paper: PaperSignature, *, said: str, by: User, at: datetime, sign_in: SignIn | None, reason: str = ""
) -> str:
    """Write what this person says of the paper after what was said of it before; return it."""
    body = evidence.written_of_answer(
        said=said,
        recording_sha256=_digest(paper.body),
        person=by.name,
        account=by.pk,
        reason=reason,
        sign_in=sign_in,
        at=at,
    )
    paper.reason = reason
    paper.answer = f"{paper.answer}\n{body}".strip()
    paper.save(update_fields=["reason", "answer"])
    return body


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
