"""A document signed elsewhere, judged whatever its bytes: the one signature added, in its place, by that person.

No database, no network but the way of asking that is given: it runs within bounds (`apart`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.generic import parse_pdf_date
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import collect_validation_info
from pyhanko.sign.validation.generic_cms import extract_self_reported_ts
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel

from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.signing.certificates import why_not_person, why_not_to_sign, why_not_trusted, why_too_weak
from socle.signing.contexts import Known, TooMany, asking
from socle.signing.reader import Reader
from socle.signing.statement import STATEMENT
from socle.signing.validation import refuse_too_many

NOT_THIS = (
    "Ce fichier n’est pas le document à signer\u00a0: téléchargez-le ici, signez-le sans le modifier, déposez-le."
)
CHANGED = "Autre chose que votre place a été modifié dans ce fichier\u00a0: repartez du document téléchargé ici."
UNREADABLE = "Ce fichier ne se lit pas comme un PDF signé\u00a0: signez de nouveau le document."
# Between the clock of a person's machine and ours.
TOLERANCE = timedelta(minutes=10)
# A date without an offset is somebody's local time: between these two.
EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)


@dataclass(frozen=True)
class Awaited:
    """The signature that is awaited: in which place (None: the program that signs makes its own), by one of whom.

    `since` is when the version to sign came to be, and `now` the moment of the deposit.
    """

    field_name: str | None
    names: tuple[str, ...]
    since: datetime | None
    now: datetime


@dataclass(frozen=True)
class Accepted:
    """A deposit accepted: its place, how many of its bytes are kept, the path from the root, and all the proofs."""

    field_name: str
    length: int
    path: list[x509.Certificate]
    certificates: list[x509.Certificate]
    ocsps: list[ocsp.OCSPResponse]
    crls: list[crl.CertificateList]


def examine(content: bytes, *, current: bytes, awaited: Awaited, known: Known) -> Accepted:
    """Judge a file that begins with the version to sign (`current`), or raise `Refused`; whatever it holds."""
    context = asking(known)
    try:
        reader = Reader(content)
        signature = _only_new(reader, current, awaited.field_name)
        refuse_too_many(reader, [signature])
        refuse(_why_not_personal(signature))
        status = validate_pdf_signature(signature, context)
        why_dated = _why_not_dated(signature, awaited)
    except (Refused, TooMany) as error:
        raise Refused(error.sentence) from error
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do, they are not taken.
        raise Refused(UNREADABLE) from error
    certificate = status.signing_cert
    refuse(
        why_too_weak(certificate)
        or _why_not_valid(status)
        or why_not_to_sign(certificate)
        or why_not_trusted(status, at=awaited.now)
        or why_not_person(certificate, awaited.names)
        or why_dated
    )
    path = status.validation_path
    assert path is not None  # a certificate without one has just been refused.
    try:
        paths = asyncio.run(collect_validation_info(signature, context))
    except Exception as error:
        raise Refused(UNREADABLE) from error
    # Only what was signed is kept: the proofs that another program added after it are made again here.
    _, _, start, length = (int(value) for value in signature.byte_range)
    proofs = [one for found in paths for one in found]
    return Accepted(str(signature.field_name), start + length, list(path), proofs, context.ocsps, context.crls)


def _why_not_personal(signature: EmbeddedPdfSignature) -> str | None:
    """A person's signature states nothing in the words of a seal: the whole document would not be relied on."""
    if STATEMENT in signature.sig_object:
        return (
            "Cette signature se présente comme un cachet de plateforme (/Socle)\u00a0: signez le document téléchargé "
            "ici avec votre logiciel, sans rien y ajouter."
        )
    return None


def _why_not_dated(signature: EmbeddedPdfSignature, awaited: Awaited) -> str | None:
    """Say in French why the dates that a signature declares of itself cannot be, or None: none of them is a proof."""
    declared = [extract_self_reported_ts(signature.signer_info)]
    if "/M" in signature.sig_object:
        declared.append(parse_pdf_date(signature.sig_object["/M"], strict=True))
    certificate = signature.signer_cert
    for one in filter(None, declared):
        first, last = _bounds_of(one)
        said = f"La date que déclare cette signature, le {dates.at_in_words(first if one.tzinfo else last)},"
        if first > awaited.now + TOLERANCE:
            return f"{said} est à venir\u00a0: réglez l’horloge de votre ordinateur, puis signez de nouveau."
        if awaited.since is not None and last < awaited.since - TOLERANCE:
            return (
                f"{said} précède le document lui-même\u00a0: réglez l’horloge de votre ordinateur, puis signez de "
                "nouveau."
            )
        if first > certificate.not_valid_after or last < certificate.not_valid_before:
            return f"{said} est hors du temps où votre certificat est valable\u00a0: signez de nouveau."
    return None


def _bounds_of(declared: datetime) -> tuple[datetime, datetime]:
    """Between which instants a declared date is: one without an offset may be anywhere on Earth."""
    if declared.tzinfo is not None:
        return declared, declared
    said = declared.replace(tzinfo=UTC)
    return said - EASTERNMOST, said + WESTERNMOST


def _only_new(reader: PdfFileReader, current: bytes, field_name: str | None) -> EmbeddedPdfSignature:
    """The one signature that was added, in its place, with nothing else since the version to sign."""
    before = Reader(current)
    if reader.xrefs.total_revisions <= before.xrefs.total_revisions:
        raise Refused(NOT_THIS)
    filled = {name for name, value, _ in enumerate_sig_fields(before, filled_status=True) if value is not None}
    added = [one for one in reader.embedded_signatures if one.field_name not in filled]
    regular = [one for one in added if one.sig_object_type != "/DocTimeStamp"]
    if not regular:
        raise Refused("Ce fichier n’est pas encore signé\u00a0: signez-le avec votre logiciel, puis déposez-le.")
    if field_name is None and len(regular) > 1:
        raise Refused("Plusieurs signatures sont ajoutées à la fois\u00a0: déposez le fichier après chacune.")
    if field_name is not None and [one.field_name for one in regular] != [field_name]:
        if field_name in {one.field_name for one in regular}:
            raise Refused("Plusieurs places sont signées\u00a0: ne remplissez que la vôtre.")
        raise Refused("La place signée n’est pas la vôtre\u00a0: signez celle qui porte le nom de votre organisme.")
    signature: EmbeddedPdfSignature = regular[0]
    if signature.docmdp_level is not None:
        raise Refused("Votre logiciel certifie ou verrouille le document\u00a0: signez-le, sans le certifier.")
    # Compared with the version to sign itself: its earlier signatures, when there are any, say nothing of the rest.
    result = DEFAULT_DIFF_POLICY.review_file(reader, before.xrefs.total_revisions - 1, doc_mdp=MDPPerm.FILL_FORMS)
    if not isinstance(result, DiffResult) or result.modification_level > ModificationLevel.FORM_FILLING:
        raise Refused(CHANGED)
    return signature


def _why_not_valid(status: PdfSignatureStatus) -> str | None:
    if status.md_algorithm in ("md5", "sha1"):
        return (
            "Cette signature est faite en SHA-1, que chacun peut contrefaire\u00a0: réglez votre logiciel en SHA-256."
        )
    if not status.intact or not status.valid:
        return "Cette signature n’est pas valable\u00a0: signez de nouveau le document téléchargé ici."
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return "Cette signature ne couvre pas tout le document\u00a0: signez-le avec un autre logiciel."
    level = status.modification_level
    if level is None or level > ModificationLevel.LTA_UPDATES:
        return CHANGED
    return None
