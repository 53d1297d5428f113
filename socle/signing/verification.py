"""Who signed what, when, and whether a byte moved: what anyone may ask of a file, wherever it comes from.

The signatures are read and judged by `validation`: in place for the very bytes of a document signed here, known by
their SHA-256, and in a process of its own (`apart`) for all others. Two things are added here. The hole where the last
signature lies is not covered by any: it must hold exactly what we write there (`holes`), so that no byte of the file
can move unseen. And a verdict fails closed: a file is sound when every signature is valid, made under a known
authority, when nothing waits or follows, and when each place was signed in the way that the round of signatures expects
there: by the platform's seal with the evidence kept here, or by the certificate of that person; that of another,
however well certified, answers for nobody. What a seal states is believed of the seals of this installation, and of
those that are named: of any other, it is a claim.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from socle.documents.models import Document
from socle.documents.rules import MAX_SIZE
from socle.lib import dates
from socle.lib.refusals import Said
from socle.signing import apart, validation
from socle.signing.contexts import Known
from socle.signing.contract import SigningError, trust
from socle.signing.models import Evidence, PaperSignature, Slot, Way
from socle.signing.qualification import in_words
from socle.signing.report import SENTENCES, Report, SignatureReport, StampReport, Verdict
from socle.signing.statement import Statement
from socle.signing.validation import Reading

logger = logging.getLogger(__name__)
# A document has as many versions as signatures, and one more.
MOST_VERSIONS = 100


@dataclass(frozen=True)
class Expected:
    """Expectation of the round of signatures in a place: the way, the certificate, and the statement of a seal.

    `qualification` is what the trusted lists said of that certificate, in French.
    """

    way: str
    certificate_sha256: str
    statement: Statement | None = None
    qualification: str = ""


def verify(content: bytes, *, at: datetime | None = None, seals: Collection[str] = ()) -> Report:
    """Examine a file, whatever it is, and report in French sentences; its content never makes this raise.

    `at` is the moment at which it is relied upon: now, unless it is given. `seals` are the SHA-256 of the certificates
    of seals to believe beside those of this installation.
    """
    if not content.startswith(b"%PDF-"):
        return _report(content, Verdict.UNREADABLE, problems=("Le fichier ne commence pas comme un PDF.",))
    if len(content) > MAX_SIZE:
        return _report(content, Verdict.UNREADABLE, problems=("Le fichier dépasse 50\u00a0Mo.",))
    if (known := _on_paper(content)) is not None:
        # Known by its bytes: a scanner's PDF is not always well made, and nothing in it is signed.
        return _report(content, known[0], empty=known[1])
    asked, is_ours = _asked(content)
    reading = (validation if is_ours else apart).read(content, _believed(), at=at or timezone.now())
    if reading.verdict is not None:
        logger.info("verification.%s error=%s", reading.verdict.value, reading.error)
        return _report(content, reading.verdict, problems=reading.problems)
    reports = _with_statements(reading, seals=_seals(reading, asked, seals))
    reports = tuple(_for_its_place(report, asked) for report in reports)
    verdict = _verdict(reports, reading.stamps, reading.empty, asked)
    return _report(content, verdict, signatures=reports, stamps=reading.stamps, empty=reading.empty)


def why_not_rely(content: bytes, *, current: bytes, field_name: str) -> str | None:
    """Say in French why a deposit, accepted and stamped, would not be relied upon once kept, or None.

    Its own signature and stamp must be good; whatever is wrong with another was so in the version signed (`current`).
    """
    believed, now = _believed(), timezone.now()
    found = validation.read(content, believed, at=now)
    pairs = zip(found.signatures, found.statements, strict=True)
    own = [(one, statement) for one, statement in pairs if one.field == field_name]
    is_good = len(own) == 1 and not own[0][0].problems and own[0][1] is None
    if found.verdict is None and is_good and found.stamps and not found.stamps[-1].problems:
        wrong = _wrong(found)
        if not wrong:
            return None
        before = validation.read(current, believed, at=now)
        if wrong <= _wrong(before):
            return None
    logger.warning("deposit.would_not_be_relied_on verdict=%s", found.verdict)
    problems = [*found.problems, *(problem for one, _ in own for problem in one.problems)]
    reason = "Une fois déposé, ce document ne serait pas reconnu comme valable\u00a0: signez avec un autre logiciel."
    return " ".join((reason, *problems))


def _wrong(reading: Reading) -> set[str]:
    wrong = {one.field for one in reading.signatures if one.problems}
    return wrong | {one.field for one in reading.stamps if one.problems}


def _believed() -> Known:
    """The roots believed here and what leads to them; none where nobody signs, or where their files are not read."""
    try:
        known = trust() if settings.SOCLE_SIGNING else None
        return Known(known.anchors(), known.others()) if known else Known([])
    except SigningError as error:
        logger.error("verification.roots %s", error.sentence)
        return Known([])


def _seals(reading: Reading, asked: dict[str, Expected] | None, named: Collection[str]) -> set[str]:
    """The SHA-256 of the certificates whose statements are believed: those of the seals of here, and those named.

    A seal that is or was that of this installation left its certificate in the places that it filled, with their dates.
    """
    pairs = zip(reading.signatures, reading.statements, strict=True)
    stating = {report.certificate_sha256 for report, statement in pairs if statement is not None}
    known = {one.certificate_sha256 for one in (asked or {}).values() if one.way == Way.SEAL} | set(named)
    if stating <= known:
        return known
    try:
        with transaction.atomic():
            filled = Slot.objects.filter(way=Way.SEAL, certificate_sha256__in=stating - known)
            known |= set(filled.values_list("certificate_sha256", flat=True))
    except DatabaseError:
        pass
    if not stating <= known and settings.SOCLE_SIGNING:
        try:
            known.add(trust().own().sha256.hex())
        except Said as error:
            logger.warning("verification.seal %s", error.sentence)
    return known


def _with_statements(reading: Reading, *, seals: Collection[str]) -> tuple[SignatureReport, ...]:
    """Each signature with what it states, where its certificate is that of a seal to believe; beside it otherwise."""
    reports = []
    for report, statement in zip(reading.signatures, reading.statements, strict=True):
        if statement is None:
            reports.append(report)
        elif report.certificate_sha256 in seals:
            reports.append(
                replace(
                    report, signer=statement.person, organisation=statement.party, sealed_by=report.signer,
                    evidence=statement.evidence,
                )
            )  # fmt: skip
        else:
            claim = (
                f"Elle se dit apposée pour «\u00a0{statement.person[:80]}, {statement.party[:120]}\u00a0»\u00a0: rien "
                "ne le prouve, ce certificat n’étant pas celui d’un cachet de cette plateforme."
            )
            reports.append(replace(report, claim=claim))
    return tuple(reports)


def _asked(content: bytes) -> tuple[dict[str, Expected] | None, bool]:
    """Find what is expected in each place, by field (None when these signatures were not asked for here); is it ours?

    Each signature adds to the file and changes nothing of it: it still begins with the document of its round. Ours are
    the very bytes of a document to sign, or of a version that was signed: they were read before they were kept.
    """
    digest, start, beginnings = hashlib.sha256(), 0, []
    for end in re.finditer(rb"%%EOF(?:\r\n|\r|\n|)", content):
        digest.update(content[start : end.end()])
        start = end.end()
        beginnings.append(digest.hexdigest())
        if len(beginnings) == MOST_VERSIONS:
            break
    whole = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            slots = list(
                Slot.objects.filter(round__original__sha256__in=beginnings).select_related(
                    "evidence", "round__original", "result"
                )
            )
    except DatabaseError:
        return None, False
    kept = {one.result.sha256 for one in slots if one.result and one.way in (Way.SEAL, Way.CERTIFICATE)}
    kept |= {one.round.original.sha256 for one in slots}
    return {slot.field_name: _expected(slot) for slot in slots} or None, whole in kept


def _on_paper(content: bytes) -> tuple[Verdict, tuple[str, ...]] | None:
    """Say what these bytes are of a document signed on paper, and the places still to be signed; None for others.

    They are the scan of a paper recorded here, or the document that was printed to be signed.
    """
    digest = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            filled = Slot.objects.filter(way=Way.PAPER, signed_at__isnull=False)
            if filled.filter(result__sha256=digest).exists():
                return Verdict.PAPER, ()
            found = set(PaperSignature.objects.filter(scan__sha256=digest).values_list("status", flat=True))
            if found:
                is_waiting = PaperSignature.Status.WAITING in found
                return (Verdict.PAPER_WAITING if is_waiting else Verdict.PAPER_CONTESTED), ()
            rounds = filled.filter(round__original__sha256=digest).values("round")
            if not rounds.exists():
                return None
            waiting = Slot.objects.filter(round__in=rounds, signed_at=None).order_by("rank")
            return Verdict.PRINTED, tuple(waiting.values_list("field_name", flat=True))
    except DatabaseError:
        return None


def _expected(slot: Slot) -> Expected:
    """Read what is expected in this place from the evidence kept of the gesture: the words that its seal must state."""
    kept: Evidence | None = getattr(slot, "evidence", None)
    if kept is None:
        return Expected(slot.way, slot.certificate_sha256)
    facts = json.loads(kept.body)
    statement = Statement(facts["field"], facts["party"], facts["person"], kept.recomputed)
    qualification = in_words(facts.get("qualification", {}))
    return Expected(slot.way, slot.certificate_sha256, statement, qualification)


def _for_its_place(report: SignatureReport, asked: dict[str, Expected] | None) -> SignatureReport:
    """Say, beside what the signature is worth, that it is not the one of its place."""
    if asked is None:
        return report
    expected = asked.get(report.field)
    if (problem := _why_not_expected(report, expected)) is None:
        return replace(report, qualification=expected.qualification if expected else "")
    return replace(report, is_of_its_place=False, problems=(*report.problems, problem))


def _why_not_expected(report: SignatureReport, expected: Expected | None) -> str | None:
    if expected is None or not expected.certificate_sha256:
        return "Cette place n’a pas encore été signée\u00a0: ce certificat n’y est pas attendu."
    if expected.way != Way.SEAL:
        if expected.certificate_sha256 == report.certificate_sha256 and not report.evidence:
            return None
        return "Cette place n’a pas été signée avec ce certificat, mais avec celui d’une autre personne."
    if report.certificate_sha256 != expected.certificate_sha256 or not report.evidence:
        return "Cette place porte le cachet de la plateforme\u00a0: ce certificat n’y est pas attendu."
    if Statement(report.field, report.organisation, report.signer, report.evidence) != expected.statement:
        return "Le cachet ne correspond pas à la preuve conservée ici pour cette place."
    return None


def _verdict(
    reports: tuple[SignatureReport, ...],
    stamps: tuple[StampReport, ...],
    empty: tuple[str, ...],
    asked: dict[str, Expected] | None,
) -> Verdict:
    if not reports:
        return Verdict.UNSIGNED
    if not all(report.is_intact and report.is_valid for report in reports) or not all(s.is_valid for s in stamps):
        return Verdict.ALTERED
    if not all(report.is_trusted for report in reports) or not all(stamp.is_trusted for stamp in stamps):
        return Verdict.UNTRUSTED
    if any(not report.is_of_its_place for report in reports):
        return Verdict.SOMEBODY_ELSE
    if asked is None:
        return Verdict.UNASKED
    return Verdict.INCOMPLETE if empty else Verdict.SOUND


def _report(
    content: bytes,
    verdict: Verdict,
    *,
    signatures: tuple[SignatureReport, ...] = (),
    stamps: tuple[StampReport, ...] = (),
    empty: tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
) -> Report:
    digest = hashlib.sha256(content).hexdigest()
    kept = _kept(digest)
    return Report(
        verdict=verdict,
        sentence=SENTENCES[verdict],
        signatures=signatures,
        stamps=stamps,
        empty_fields=empty,
        sha256=digest,
        size=len(content),
        is_kept=kept is not None,
        kept=(
            f"Octet pour octet, c’est le document conservé ici le {dates.at_in_words(kept.kept_at)}."
            if kept
            else "Cette plateforme ne conserve pas ce fichier."
        ),
        problems=problems,
    )


def _kept(sha256: str) -> Document | None:
    """Find the kept document that has these bytes; a file can be verified where there is no database."""
    try:
        with transaction.atomic():
            return Document.objects.filter(sha256=sha256, ended_at=None).order_by("kept_at").first()
    except DatabaseError:
        return None
