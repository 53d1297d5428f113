"""Who signed what, when, and whether a byte moved: what anyone may ask of a file, wherever it comes from.

pyHanko validates each signature (ETSI EN 319 142-1, ISO 32000-1 12.8) and judges what changed between revisions. Two
things are added. The hole where a signature lies in the file is not covered by that signature: it must hold exactly one
CMS in canonical form, padded with zeros, so that no byte of the file can move unseen. And a verdict fails closed: a
file is sound when every signature is valid, made under the known authority, when nothing waits or follows, and when
each place was signed by the certificate that the round of signatures expects there: that of another person, however
well certified, answers for nobody.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import DatabaseError, transaction
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from socle.documents.models import Document
from socle.documents.rules import MAX_SIZE
from socle.lib import dates
from socle.signing import authority
from socle.signing.models import Slot

logger = logging.getLogger(__name__)
# A document has as many versions as signatures, and one more.
MOST_VERSIONS = 100


class Verdict(StrEnum):
    """Verdicts on a file. Only `SOUND` is worth relying on."""

    SOUND = "sound"
    INCOMPLETE = "incomplete"
    UNTRUSTED = "untrusted"
    SOMEBODY_ELSE = "somebody_else"
    UNASKED = "unasked"
    ALTERED = "altered"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


_SENTENCES = {
    Verdict.SOUND: "Toutes les signatures sont valides, et pas un octet n’a changé depuis la dernière.",
    Verdict.INCOMPLETE: "Les signatures apposées sont valides, mais il en manque\u00a0: l’acte n’est pas conclu.",
    Verdict.UNTRUSTED: "Le fichier n’a pas changé, mais l’autorité qui certifie un signataire n’est pas connue ici.",
    Verdict.SOMEBODY_ELSE: (
        "Une place est signée par quelqu’un d’autre que la personne attendue\u00a0: ne vous fiez pas à ce fichier."
    ),
    Verdict.UNASKED: (
        "Le fichier n’a pas changé, mais ces signatures n’ont pas été demandées ici\u00a0: rien ne dit qui devait "
        "signer à chaque place."
    ),
    Verdict.ALTERED: "Ce fichier a été modifié, ou une de ses signatures n’est pas valide\u00a0: ne vous y fiez pas.",
    Verdict.UNSIGNED: "Ce PDF ne porte aucune signature.",
    Verdict.UNREADABLE: "Ce fichier n’a pas pu être lu\u00a0: ce n’est pas un PDF entier et lisible.",
}


@dataclass(frozen=True)
class SignatureReport:
    """One signature. `problems` are French sentences; there is none when the signature is worth relying on."""

    field: str
    signer: str
    organisation: str
    issuer: str
    signed_at: datetime | None
    reason: str
    place: str
    certificate_sha256: str
    is_intact: bool
    is_valid: bool
    is_trusted: bool
    covers_whole_file: bool
    covers: str
    changes_after: str
    problems: tuple[str, ...]
    is_of_its_place: bool = True


@dataclass(frozen=True)
class Report:
    """Result of the check of a file. `is_sound` is the only « yes »."""

    verdict: Verdict
    sentence: str
    signatures: tuple[SignatureReport, ...]
    empty_fields: tuple[str, ...]
    sha256: str
    size: int
    is_kept: bool
    kept: str
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return self.verdict is Verdict.SOUND

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values; instants in ISO 8601."""
        facts = asdict(self) | {"verdict": self.verdict.value, "is_sound": self.is_sound}
        for signature in facts["signatures"]:
            signature["signed_at"] = signature["signed_at"].isoformat() if signature["signed_at"] else None
        return facts


def verify(content: bytes) -> Report:
    """Examine a file, whatever it is, and report in French sentences; its content never makes this raise."""
    if not content.startswith(b"%PDF-"):
        return _report(content, Verdict.UNREADABLE, problems=("Le fichier ne commence pas comme un PDF.",))
    if len(content) > MAX_SIZE:
        return _report(content, Verdict.UNREADABLE, problems=("Le fichier dépasse 50\u00a0Mo.",))
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is a finding, never a failure.
        return _damaged(content, Verdict.UNREADABLE, error)
    try:
        if reader.encrypted:
            return _report(content, Verdict.UNREADABLE, problems=("Le PDF est chiffré\u00a0: déchiffrez-le d’abord.",))
        signatures = list(reader.embedded_signatures)
        empty = tuple(name for name, value, _ in enumerate_sig_fields(reader, filled_status=False) if value is None)
        reports = _signatures(signatures, content)
    except Exception as error:
        return _damaged(content, Verdict.ALTERED, error)
    asked = _asked(content) if reports else {}
    reports = tuple(_for_its_place(report, asked) for report in reports)
    return _report(content, _verdict(reports, empty, asked), signatures=reports, empty=empty)


def _damaged(content: bytes, verdict: Verdict, error: Exception) -> Report:
    logger.info("verification.%s error=%s", verdict.value, type(error).__name__)
    what = "La structure du PDF" if verdict is Verdict.UNREADABLE else "Une signature, ou la structure du PDF,"
    return _report(content, verdict, problems=(f"{what} est abîmée, ou le fichier est incomplet.",))


def _signatures(signatures: list[EmbeddedPdfSignature], content: bytes) -> tuple[SignatureReport, ...]:
    """Validate the signatures, last first: when it fails, comparing the earlier versions is not worth the time."""
    reports: list[SignatureReport] = []
    for signature in reversed(signatures):
        has_failed = any(not report.is_intact or not report.is_valid for report in reports)
        reports.insert(0, _signature(signature, content, is_last=not reports, skip_diff=has_failed))
    return tuple(reports)


def _asked(content: bytes) -> dict[str, str] | None:
    """The certificate expected in each place, by field; None when these signatures were not asked for here.

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
            slots = Slot.objects.filter(round__original__sha256__in=beginnings)
            asked = dict(slots.values_list("field_name", "certificate_sha256"))
    except DatabaseError:
        return None
    return asked or None


def _for_its_place(report: SignatureReport, asked: dict[str, str] | None) -> SignatureReport:
    """Say, beside what the signature is worth, that it is not the one of its place."""
    if asked is None or asked.get(report.field) == report.certificate_sha256:
        return report
    known = asked.get(report.field)
    problem = (
        "Cette place n’a pas été signée avec ce certificat, mais avec celui d’une autre personne."
        if known
        else "Cette place n’a pas encore été signée\u00a0: ce certificat n’y est pas attendu."
    )
    return replace(report, is_of_its_place=False, problems=(*report.problems, problem))


def _verdict(reports: tuple[SignatureReport, ...], empty: tuple[str, ...], asked: dict[str, str] | None) -> Verdict:
    if not reports:
        return Verdict.UNSIGNED
    if not all(report.is_intact and report.is_valid for report in reports):
        return Verdict.ALTERED
    if any(not report.is_trusted for report in reports):
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
    empty: tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
) -> Report:
    digest = hashlib.sha256(content).hexdigest()
    kept = _kept(digest)
    return Report(
        verdict=verdict,
        sentence=_SENTENCES[verdict],
        signatures=signatures,
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
            return Document.objects.filter(sha256=sha256).order_by("kept_at").first()
    except DatabaseError:
        return None


def _signature(signature: EmbeddedPdfSignature, content: bytes, *, is_last: bool, skip_diff: bool) -> SignatureReport:
    """Validate one signature. The last one must cover the whole file, the others a whole earlier version."""
    trusted_root = authority.root()
    roots = [x509.Certificate.load(trusted_root.public_bytes(Encoding.DER))] if trusted_root else []
    status = validate_pdf_signature(
        signature,
        ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail"),
        skip_diff=skip_diff,
    )
    subject = status.signing_cert.subject.native
    wanted = SignatureCoverageLevel.ENTIRE_FILE if is_last else SignatureCoverageLevel.ENTIRE_REVISION
    problems = []
    if not status.intact:
        problems.append("Le contenu signé a changé\u00a0: un octet au moins n’est plus celui d’origine.")
    if not status.valid:
        problems.append("La signature ne correspond pas au certificat de la personne.")
    if status.coverage < wanted:
        problems.append(
            "Des octets ont été ajoutés après cette signature."
            if is_last
            else "Cette signature ne couvre pas toute la version qu’elle signe."
        )
    level = status.modification_level
    if not skip_diff and (level is None or level > ModificationLevel.FORM_FILLING or not status.docmdp_ok):
        problems.append("Après cette signature, autre chose que les places à signer a été modifié.")
    if status.trusted and (reason := _why_not_canonical(signature, content)):
        problems.append(reason)
    is_valid = not problems
    if not status.trusted and is_valid:
        problems.append("L’autorité qui certifie cette personne n’est pas connue ici.")
    return SignatureReport(
        field=str(signature.field_name),
        signer=str(subject.get("common_name", "")),
        organisation=str(subject.get("organization_name", "")),
        issuer=str(status.signing_cert.issuer.native.get("common_name", "")),
        signed_at=signature.self_reported_timestamp,
        reason=str(signature.sig_object.get("/Reason", "")),
        place=str(signature.sig_object.get("/Location", "")),
        certificate_sha256=hashlib.sha256(status.signing_cert.dump()).hexdigest(),
        is_intact=status.intact,
        is_valid=is_valid,
        is_trusted=status.trusted,
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        covers=(
            "tout le fichier" if status.coverage == SignatureCoverageLevel.ENTIRE_FILE else "une version antérieure"
        ),
        changes_after="non examiné" if skip_diff else _changes(level, is_last=is_last),
        problems=tuple(problems),
    )


def _changes(level: ModificationLevel | None, *, is_last: bool) -> str:
    if level is None or level > ModificationLevel.FORM_FILLING:
        return "autre chose que les places à signer"
    if level == ModificationLevel.NONE or is_last:
        return "rien"
    return "seulement d’autres signatures"


def _why_not_canonical(signature: EmbeddedPdfSignature, content: bytes) -> str | None:
    """Say in French why the hole of a signature holds anything but the CMS we write, or None.

    The hole is the only part of a version that its signature does not cover: hexadecimal case, padding, superfluous
    certificates, the case of a name or unsigned attributes could otherwise be changed there without any trace. So the
    CMS is built again from its parts that are bound to one another (the certificate by the signed attributes, those by
    the signature), and must come out byte for byte the same. Others' signatures hold more; ours are made so.
    """
    altered = "Les octets où se trouve la signature elle-même ont été modifiés."
    start, length, restart, _ = (int(value) for value in signature.byte_range)
    hole = content[start + length : restart]
    if hole[:1] != b"<" or hole[-1:] != b">" or hole not in (hole.lower(), hole.upper()):
        return altered
    try:
        raw = bytes.fromhex(hole[1:-1].decode("ascii"))
    except ValueError:
        return altered
    data = cms.ContentInfo.load(raw)["content"]
    (signer,) = data["signer_infos"]
    (certificate,) = (choice.chosen for choice in data["certificates"])
    rebuilt = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v1",
                    "digest_algorithms": [signer["digest_algorithm"]],
                    "encap_content_info": {"content_type": "data"},
                    "certificates": [certificate],
                    "signer_infos": [
                        cms.SignerInfo(
                            {
                                "version": "v1",
                                "sid": cms.IssuerAndSerialNumber(
                                    {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                                ),
                                "digest_algorithm": signer["digest_algorithm"],
                                "signed_attrs": signer["signed_attrs"],
                                "signature_algorithm": signer["signature_algorithm"],
                                "signature": signer["signature"],
                            }
                        )
                    ],
                }
            ),
        }
    ).dump()
    return None if raw == rebuilt + bytes(len(raw) - len(rebuilt)) else altered
