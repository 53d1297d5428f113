"""Who signed what, when, and whether a byte moved: what anyone may ask of a file, wherever it comes from.

pyHanko validates each signature (ETSI EN 319 142-1, ISO 32000-1 12.8) and judges what changed between revisions. Two
things are added. The hole where the last signature lies is not covered by any: it must hold exactly what we write there
(`holes`), so that no byte of the file can move unseen. And a verdict fails closed: a file is sound when every
signature is valid, made under a known authority, when nothing waits or follows, and when each place was signed in the
way that the round of signatures expects there: by the platform's seal with the evidence kept here, or by the
certificate of that person; that of another, however well certified, answers for nobody.

Each proof of time is believed at the time of the next one, the last at this very moment: so a signature stays valid
after its certificates have expired, as long as what was kept in the file shows that they were good.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import x509
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from socle.documents.models import Document
from socle.documents.rules import MAX_SIZE
from socle.lib import dates
from socle.signing.contract import SigningError, trust
from socle.signing.holes import why_not_canonical
from socle.signing.models import Evidence, PaperSignature, Slot, Way
from socle.signing.pades import STATEMENT, Statement
from socle.signing.qualification import in_words
from socle.signing.reader import Reader
from socle.signing.report import SENTENCES, Report, SignatureReport, StampReport, Verdict

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


def verify(content: bytes, *, at: datetime | None = None) -> Report:
    """Examine a file, whatever it is, and report in French sentences; its content never makes this raise.

    `at` is the moment at which it is relied upon: now, unless it is given.
    """
    if not content.startswith(b"%PDF-"):
        return _report(content, Verdict.UNREADABLE, problems=("Le fichier ne commence pas comme un PDF.",))
    if len(content) > MAX_SIZE:
        return _report(content, Verdict.UNREADABLE, problems=("Le fichier dépasse 50\u00a0Mo.",))
    if (known := _on_paper(content)) is not None:
        # Known by its bytes: a scanner's PDF is not always well made, and nothing in it is signed.
        return _report(content, known[0], empty=known[1])
    try:
        reader = Reader(content)
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is a finding, never a failure.
        return _damaged(content, Verdict.UNREADABLE, error)
    try:
        if reader.encrypted:
            return _report(content, Verdict.UNREADABLE, problems=("Le PDF est chiffré\u00a0: déchiffrez-le d’abord.",))
        empty = tuple(name for name, value, _ in enumerate_sig_fields(reader, filled_status=False) if value is None)
        reports, stamps = _signatures(reader, content, at=at or timezone.now())
    except Exception as error:
        return _damaged(content, Verdict.ALTERED, error)
    asked = _asked(content) if reports else {}
    reports = tuple(_for_its_place(report, asked) for report in reports)
    verdict = _verdict(reports, stamps, empty, asked)
    return _report(content, verdict, signatures=reports, stamps=stamps, empty=empty)


def _damaged(content: bytes, verdict: Verdict, error: Exception) -> Report:
    logger.info("verification.%s error=%s", verdict.value, type(error).__name__)
    what = "La structure du PDF" if verdict is Verdict.UNREADABLE else "Une signature, ou la structure du PDF,"
    return _report(content, verdict, problems=(f"{what} est abîmée, ou le fichier est incomplet.",))


def _signatures(
    reader: PdfFileReader, content: bytes, *, at: datetime
) -> tuple[tuple[SignatureReport, ...], tuple[StampReport, ...]]:
    """Validate signatures and stamps, last first: each proof of time is believed at the time of the next one.

    When one fails, comparing the earlier versions is not worth the time.
    """
    signatures: list[SignatureReport] = []
    stamps: list[StampReport] = []
    has_failed, moment, is_last = False, at, True
    for found in reversed(list(reader.embedded_signatures)):
        if found.sig_object_type == "/DocTimeStamp":
            stamp = _stamp(found, content, moment=moment, is_last=is_last, skip_diff=has_failed)
            stamps.insert(0, stamp)
            has_failed = has_failed or not stamp.is_valid
            if stamp.is_valid and stamp.is_trusted and stamp.stamped_at is not None:
                moment = stamp.stamped_at
        else:
            is_stamped = any(stamp.is_valid and stamp.is_trusted for stamp in stamps)
            report = _signature(
                found, content, moment=moment, is_last=is_last, is_stamped=is_stamped, skip_diff=has_failed
            )
            signatures.insert(0, report)
            has_failed = has_failed or not (report.is_intact and report.is_valid)
        is_last = False
    return tuple(signatures), tuple(stamps)


def _believed() -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """The roots believed here and what leads to them; none where nobody signs, or where their files are not read."""
    try:
        known = trust() if settings.SOCLE_SIGNING else None
        return (known.anchors(), known.others()) if known else ([], [])
    except SigningError as error:
        logger.error("verification.roots %s", error.sentence)
        return [], []


def _context(reader: PdfFileReader, *, moment: datetime) -> tuple[ValidationContext, bool]:
    """Judge certificates at this moment, asking nobody; say too whether the file shows that they were not revoked.

    With a security store in the file, each certificate must be shown not to be revoked (hard-fail).
    """
    anchors, others = _believed()
    given: dict[str, Any] = {
        "trust_roots": anchors,
        "other_certs": others,
        "allow_fetching": False,
        "moment": moment,
        # What was asked just before or just after a signature speaks of it.
        "retroactive_revinfo": True,
    }
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return ValidationContext(**given, revocation_mode="soft-fail"), False
    return store.as_validation_context(given | {"revocation_mode": "hard-fail"}), True


def _asked(content: bytes) -> dict[str, Expected] | None:
    """Find what is expected in each place, by field; None when these signatures were not asked for here.

    Each signature adds to the file and changes nothing of it: it still begins with the document of its round.
    """
    digest, start, beginnings = hashlib.sha256(), 0, []
    for end in re.finditer(rb"%%EOF(?:\r\n|\r|\n|)", content):
        digest.update(content[start : end.end()])
        start = end.end()
        beginnings.append(digest.hexdigest())
        if len(beginnings) == MOST_VERSIONS:
            break
    try:
        with transaction.atomic():
            slots = Slot.objects.filter(round__original__sha256__in=beginnings).select_related("evidence")
            asked = {slot.field_name: _expected(slot) for slot in slots}
    except DatabaseError:
        return None
    return asked or None


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


def _signature(
    signature: EmbeddedPdfSignature,
    content: bytes,
    *,
    moment: datetime,
    is_last: bool,
    is_stamped: bool,
    skip_diff: bool,
) -> SignatureReport:
    """Validate one signature. The last one must cover the whole file, the others a whole earlier version."""
    claimed = _stamped_at(signature)
    judge, is_proven = _context(signature.reader, moment=claimed or moment)
    clock, _ = _context(signature.reader, moment=moment)
    status = validate_pdf_signature(signature, judge, clock, skip_diff=skip_diff)
    subject = status.signing_cert.subject.native
    problems = _problems(status, is_last=is_last, skip_diff=skip_diff)
    token = status.timestamp_validity
    if not status.valid:
        problems.insert(0, "La signature ne correspond pas au certificat.")
    if claimed and (token is None or not (token.intact and token.valid)):
        problems.append("L’horodatage n’est pas celui de cette signature.")
    if is_last and status.trusted:
        path = list(token.validation_path) if token is not None and token.validation_path else []
        if reason := why_not_canonical(signature, content, token_path=path):
            problems.append(reason)
    statement = _statement(signature)
    if statement is not None and statement.field != signature.field_name:
        problems.append("Ce cachet a été apposé pour une autre place.")
    is_valid = not problems
    if not status.trusted and is_valid:
        problems.append("Le certificat n’est pas reconnu (expiré, révoqué, ou d’une autorité inconnue ici).")
    if token is not None and token.trust_problem_indic is not None and is_valid:
        problems.append("Le certificat de l’horodatage n’est pas reconnu.")
    return SignatureReport(
        field=str(signature.field_name),
        signer=statement.person if statement else str(subject.get("common_name", "")),
        organisation=statement.party if statement else str(subject.get("organization_name", "")),
        issuer=str(status.signing_cert.issuer.native.get("common_name", "")),
        signed_at=signature.self_reported_timestamp,
        reason=str(signature.sig_object.get("/Reason", "")),
        place=str(signature.sig_object.get("/Location", "")),
        certificate_sha256=hashlib.sha256(status.signing_cert.dump()).hexdigest(),
        is_intact=status.intact,
        is_valid=is_valid,
        is_trusted=status.trusted and (token is None or token.trust_problem_indic is None),
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        covers=(
            "tout le fichier" if status.coverage == SignatureCoverageLevel.ENTIRE_FILE else "une version antérieure"
        ),
        changes_after="non examiné" if skip_diff else _changes(status.modification_level, is_last=is_last),
        problems=tuple(problems),
        sealed_by=str(subject.get("common_name", "")) if statement else "",
        evidence=statement.evidence if statement else "",
        stamped_at=claimed,
        level="B-B" if not (claimed or is_stamped) else "B-LT" if is_proven else "B-T",
    )


def _stamp(
    stamp: EmbeddedPdfSignature, content: bytes, *, moment: datetime, is_last: bool, skip_diff: bool
) -> StampReport:
    judge, _ = _context(stamp.reader, moment=moment)
    status = validate_pdf_timestamp(stamp, judge, skip_diff=skip_diff)
    problems = _problems(status, is_last=is_last, skip_diff=skip_diff)
    if not status.valid:
        problems.insert(0, "L’horodatage ne correspond pas à son certificat.")
    is_trusted = status.trust_problem_indic is None
    if is_last and is_trusted:
        path = list(status.validation_path) if status.validation_path else []
        if reason := why_not_canonical(stamp, content, token_path=path):
            problems.append(reason)
    is_valid = not problems
    if not is_trusted and is_valid:
        problems.append("Le certificat de l’horodatage n’est pas reconnu.")
    return StampReport(
        field=str(stamp.field_name),
        stamped_at=status.timestamp,
        authority=str(status.signing_cert.subject.native.get("common_name", "")),
        is_valid=is_valid,
        is_trusted=is_trusted,
        problems=tuple(problems),
    )


def _problems(status: Any, *, is_last: bool, skip_diff: bool) -> list[str]:
    """Problems of the bytes that a signature or a stamp covers, and of what came after."""
    wanted = SignatureCoverageLevel.ENTIRE_FILE if is_last else SignatureCoverageLevel.ENTIRE_REVISION
    problems = []
    if not status.intact:
        problems.append("Le contenu signé a changé\u00a0: un octet au moins n’est plus celui d’origine.")
    if status.coverage < wanted:
        problems.append(
            "Des octets ont été ajoutés après cette signature."
            if is_last
            else "Cette signature ne couvre pas toute la version qu’elle signe."
        )
    level = status.modification_level
    if not skip_diff and (
        level is None or level > ModificationLevel.FORM_FILLING or getattr(status, "docmdp_ok", True) is False
    ):
        problems.append("Après cette signature, autre chose que les places à signer a été modifié.")
    return problems


def _stamped_at(signature: EmbeddedPdfSignature) -> datetime | None:
    """The time that the token beside a signature says, before anything proves it; None when it has none."""
    tokens = list(extract_tst_data_iter(signature.signer_info, signed=False))
    return tokens[0]["encap_content_info"]["content"].parsed["gen_time"].native if tokens else None


def _statement(signature: EmbeddedPdfSignature) -> Statement | None:
    """Read the words that a seal states in its own dictionary; None for a signature that states nothing."""
    found = signature.sig_object.get(STATEMENT)
    if not isinstance(found, DictionaryObject):
        return None
    return Statement(**{key: str(found.get(f"/{key.capitalize()}", "")) for key in Statement.__dataclass_fields__})


def _changes(level: ModificationLevel | None, *, is_last: bool) -> str:
    if level is None or level > ModificationLevel.FORM_FILLING:
        return "autre chose que les places à signer"
    if level == ModificationLevel.NONE or is_last:
        return "rien"
    return "seulement d’autres signatures"
