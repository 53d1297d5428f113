"""Signatures of a PDF read and judged, whatever the bytes: no database, no network, nothing but what is given.

It runs in place for the files that we made or accepted, and within bounds for all the others (`apart`). pyHanko
validates each signature (ETSI EN 319 142-1, ISO 32000-1 12.8) and judges what changed between revisions.

Each proof of time is believed at the time of the next one, the last at this very moment: so a signature stays valid
after its certificates have expired, as long as what was kept in the file shows that they were good.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

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

from socle.signing.certificates import in_words
from socle.signing.contexts import Known, TooMany, bounded, why_too_many, why_too_many_stored
from socle.signing.holes import why_not_canonical
from socle.signing.reader import Reader
from socle.signing.report import SignatureReport, StampReport, Verdict
from socle.signing.statement import Statement, stated


@dataclass(frozen=True)
class Reading:
    """A file as it was read: its signatures and stamps, in order, and the places where nobody has signed.

    `verdict` is set when it could not be read to the end, and `problems` says why; `error` names what was raised.
    `statements` are what each signature states of itself, which nothing here believes.
    """

    verdict: Verdict | None = None
    problems: tuple[str, ...] = ()
    error: str = ""
    signatures: tuple[SignatureReport, ...] = ()
    stamps: tuple[StampReport, ...] = ()
    empty: tuple[str, ...] = ()
    statements: tuple[Statement | None, ...] = ()


def read(content: bytes, known: Known, *, at: datetime) -> Reading:
    """Read a PDF relied upon at this moment; its content never makes this raise."""
    try:
        reader = Reader(content)
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is a finding, never a failure.
        return _damaged(Verdict.UNREADABLE, error)
    try:
        if reader.encrypted:
            return Reading(Verdict.UNREADABLE, ("Le PDF est chiffré\u00a0: déchiffrez-le d’abord.",))
        empty = tuple(name for name, value, _ in enumerate_sig_fields(reader, filled_status=False) if value is None)
        embedded = list(reader.embedded_signatures)
        refuse_too_many(reader, embedded)
        signatures, stamps = _signatures(embedded, content, known, at=at)
        statements = tuple(stated(one.sig_object) for one in embedded if one.sig_object_type != "/DocTimeStamp")
    except TooMany as error:
        return Reading(Verdict.UNREADABLE, (error.sentence,), type(error).__name__)
    except Exception as error:
        return _damaged(Verdict.ALTERED, error)
    return Reading(signatures=signatures, stamps=stamps, empty=empty, statements=statements)


def refuse_too_many(reader: PdfFileReader, embedded: list[EmbeddedPdfSignature]) -> None:
    """Raise `TooMany` when a signature, or the security store, brings more than any does: nothing is judged yet."""
    for reason in (why_too_many_stored(reader), *(why_too_many(one) for one in embedded)):
        if reason:
            raise TooMany(reason)


def _damaged(verdict: Verdict, error: Exception) -> Reading:
    what = "La structure du PDF" if verdict is Verdict.UNREADABLE else "Une signature, ou la structure du PDF,"
    return Reading(verdict, (f"{what} est abîmée, ou le fichier est incomplet.",), type(error).__name__)


def _signatures(
    embedded: list[EmbeddedPdfSignature], content: bytes, known: Known, *, at: datetime
) -> tuple[tuple[SignatureReport, ...], tuple[StampReport, ...]]:
    """Validate signatures and stamps, last first: each proof of time is believed at the time of the next one.

    When one fails, comparing the earlier versions is not worth the time.
    """
    signatures: list[SignatureReport] = []
    stamps: list[StampReport] = []
    has_failed, moment, is_last = False, at, True
    for found in reversed(embedded):
        if found.sig_object_type == "/DocTimeStamp":
            stamp = _stamp(found, content, known, moment=moment, is_last=is_last, skip_diff=has_failed)
            stamps.insert(0, stamp)
            has_failed = has_failed or not stamp.is_valid
            if stamp.is_valid and stamp.is_trusted and stamp.stamped_at is not None:
                moment = stamp.stamped_at
        else:
            # The earliest of those that came after it.
            stamped = next((one.stamped_at for one in stamps if one.is_valid and one.is_trusted), None)
            report = _signature(
                found, content, known, moment=moment, is_last=is_last, stamped_at=stamped, skip_diff=has_failed
            )
            signatures.insert(0, report)
            has_failed = has_failed or not (report.is_intact and report.is_valid)
        is_last = False
    return tuple(signatures), tuple(stamps)


def _context(reader: PdfFileReader, known: Known, *, moment: datetime) -> tuple[ValidationContext, bool]:
    """Judge certificates at this moment, asking nobody; say too whether the file shows that they were not revoked.

    With a security store in the file, each certificate must be shown not to be revoked (hard-fail).
    """
    given: dict[str, Any] = {
        "trust_roots": known.anchors,
        "other_certs": known.others,
        "allow_fetching": False,
        "moment": moment,
        # What was asked just before or just after a signature speaks of it.
        "retroactive_revinfo": True,
    }
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return bounded(ValidationContext(**given, revocation_mode="soft-fail")), False
    return bounded(store.as_validation_context(given | {"revocation_mode": "hard-fail"})), True


def _signature(
    signature: EmbeddedPdfSignature,
    content: bytes,
    known: Known,
    *,
    moment: datetime,
    is_last: bool,
    stamped_at: datetime | None,
    skip_diff: bool,
) -> SignatureReport:
    """Validate one signature. The last one must cover the whole file, the others a whole earlier version."""
    claimed = _stamped_at(signature)
    judge, is_proven = _context(signature.reader, known, moment=claimed or moment)
    clock, _ = _context(signature.reader, known, moment=moment)
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
    statement = stated(signature.sig_object)
    if statement is not None and statement.field != signature.field_name:
        problems.append("Ce cachet a été apposé pour une autre place.")
    is_valid = not problems
    if not status.trusted and is_valid:
        problems.append("Le certificat n’est pas reconnu (expiré, révoqué, ou d’une autorité inconnue ici).")
    if token is not None and token.trust_problem_indic is not None and is_valid:
        problems.append("Le certificat de l’horodatage n’est pas reconnu.")
    return SignatureReport(
        field=str(signature.field_name),
        signer=str(subject.get("common_name", "")),
        organisation=str(subject.get("organization_name", "")),
        issuer=str(status.signing_cert.issuer.native.get("common_name", "")),
        declared_at=aware(signature.self_reported_timestamp),
        proven_at=_proven_at(token) or stamped_at,
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
        certificate=in_words(status.signing_cert),
        stamped_at=claimed,
        level="B-B" if not (claimed or stamped_at) else "B-LT" if is_proven else "B-T",
    )


def _stamp(
    stamp: EmbeddedPdfSignature, content: bytes, known: Known, *, moment: datetime, is_last: bool, skip_diff: bool
) -> StampReport:
    judge, _ = _context(stamp.reader, known, moment=moment)
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


def _proven_at(token: Any) -> datetime | None:
    """The time of the token bound to a signature, when it is a good one, of an authority that is believed."""
    if token is None or not (token.intact and token.valid) or token.trust_problem_indic is not None:
        return None
    found: datetime = token.timestamp
    return found


def aware(declared: datetime | None) -> datetime | None:
    """A time that a signature declares of itself: without an offset, it is read as Universal Time."""
    return declared.replace(tzinfo=UTC) if declared is not None and declared.tzinfo is None else declared


def _changes(level: ModificationLevel | None, *, is_last: bool) -> str:
    if level is None or level > ModificationLevel.FORM_FILLING:
        return "autre chose que les places à signer"
    if level == ModificationLevel.NONE or is_last:
        return "rien"
    return "seulement d’autres signatures"
