"""A document signed elsewhere, with a person's own certificate, and handed back: what it must be to be taken."""

from __future__ import annotations

import asyncio
import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESSubIndic
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore, collect_validation_info
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator.path import ValidationPath

from socle.lib.refusals import Refused, refuse
from socle.signing import pades
from socle.signing.contract import SigningError, Trust

# A signature with its chain and its proofs weighs tens of kilobytes.
MOST_ADDED = 4 * 1024 * 1024
NOT_THIS = (
    "Ce fichier n’est pas le document à signer\u00a0: téléchargez-le ici, signez-le sans le modifier, déposez-le."
)
CHANGED = "Autre chose que votre place a été modifié dans ce fichier\u00a0: repartez du document téléchargé ici."
# By what the library says of a certificate that is not to be relied on.
REASONS: dict[AdESSubIndic, str] = {
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: "Votre certificat n’est plus valable, ou pas encore.",
    AdESIndeterminate.EXPIRED: "Votre certificat n’est plus valable.",
    AdESIndeterminate.NOT_YET_VALID: "Votre certificat n’est pas encore valable.",
    AdESIndeterminate.REVOKED_NO_POE: "Votre certificat est révoqué.",
    AdESFailure.REVOKED: "Votre certificat est révoqué.",
    AdESIndeterminate.REVOKED_CA_NO_POE: "L’autorité qui a délivré votre certificat est révoquée.",
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: "L’autorité qui a délivré votre certificat n’est pas connue ici.",
    AdESIndeterminate.TRY_LATER: "La liste des certificats révoqués est hors d’atteinte\u00a0: réessayez.",
    AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE: (
        "La validité de votre certificat n’a pas pu être établie, peut-être parce que la liste des certificats "
        "révoqués est hors d’atteinte\u00a0: réessayez plus tard."
    ),
}


def take(
    content: bytes,
    *,
    current: bytes,
    former: Sequence[bytes],
    field_name: str | None,
    names: Sequence[str],
    trust: Trust,
    at: datetime,
) -> tuple[bytes, x509.Certificate, ValidationPath]:
    """Return the file to keep, stamped, the certificate that signed and the path to it, or raise `Refused` (French).

    `current` is the version to sign, `former` those before it: the file must begin with the very bytes of the first,
    fill this place and nothing else, with a valid certificate in the name of one of these persons. Without a place
    (`field_name` None), the program that signs makes its own. What shows that the certificate was valid, and a stamp of
    the time over the whole, are added: so the signature outlives its certificate.
    """
    refuse(_why_not_this(content, current, former))
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
        signature = _only_new(reader, current, field_name)
        status = validate_pdf_signature(signature, pades.context_of(trust))
    except Refused:
        raise
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do, they are not taken.
        raise Refused("Ce fichier ne se lit pas comme un PDF signé\u00a0: signez de nouveau le document.") from error
    refuse(_why_not_valid(status) or _why_not_trusted(status) or _why_not_person(status.signing_cert, *names))
    path = status.validation_path
    assert path is not None  # a certificate without one has just been refused.
    # Only what was signed is kept: the proofs that another program added after it are made again here.
    _, _, start, length = (int(value) for value in signature.byte_range)
    try:
        return _stamped(content[: start + length], trust, at), status.signing_cert, path
    except SigningError as error:
        raise Refused(error.sentence) from error


def _why_not_this(content: bytes, current: bytes, former: Sequence[bytes]) -> str | None:
    if content == current:
        return "Ce fichier n’est pas encore signé\u00a0: signez-le avec votre logiciel, puis déposez-le."
    if not content.startswith(current):
        if any(content.startswith(one) for one in former):
            return "Une partie a signé depuis que vous avez pris ce fichier\u00a0: téléchargez la dernière version."
        return NOT_THIS
    if len(content) - len(current) > MOST_ADDED:
        return "Ce fichier ajoute bien plus qu’une signature au document\u00a0: signez-le avec un autre logiciel."
    return None


def _only_new(reader: PdfFileReader, current: bytes, field_name: str | None) -> EmbeddedPdfSignature:
    """The one signature that was added, in its place, with nothing else since the version to sign."""
    before = PdfFileReader(io.BytesIO(current), strict=True)
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
    if not status.intact or not status.valid:
        return "Cette signature n’est pas valable\u00a0: signez de nouveau le document téléchargé ici."
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return "Cette signature ne couvre pas tout le document\u00a0: signez-le avec un autre logiciel."
    level = status.modification_level
    if level is None or level > ModificationLevel.LTA_UPDATES:
        return CHANGED
    return None


def _why_not_trusted(status: PdfSignatureStatus) -> str | None:
    if status.trusted:
        return None
    problem = status.trust_problem_indic
    if status.signing_cert.self_issued:
        return "Ce certificat s’est signé lui-même\u00a0: aucune autorité ne dit qu’il est le vôtre."
    return REASONS.get(problem, "Votre certificat n’a pas pu être reconnu.") if problem else "Certificat non reconnu."


def _why_not_person(certificate: x509.Certificate, *names: str) -> str | None:
    """Whether the certificate is in one of these names: the same words, whatever their order, case and accents."""
    subject = certificate.subject.native
    full = f"{subject.get('given_name', '')} {subject.get('surname', '')}"
    borne = (_words(str(subject.get("common_name", ""))), _words(full))
    if any(_words(name) in borne for name in names):
        return None
    shown = str(subject.get("common_name", "")) or full.strip()
    awaited = " ou de ".join(names)
    return f"Ce certificat est celui de «\u00a0{shown[:80]}\u00a0»\u00a0: la signature de {awaited} est attendue ici."


def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return frozenset("".join(one if one.isalnum() else " " for one in plain if not unicodedata.combining(one)).split())


def _stamped(content: bytes, trust: Trust, at: datetime) -> bytes:
    """Add, in one revision, what validates the last signature and a stamp of the time over all. `SigningError`."""
    with pades.asking():
        signature = PdfFileReader(io.BytesIO(content), strict=True).embedded_signatures[-1]
        context = pades.context_of(trust)
        paths = asyncio.run(collect_validation_info(signature, context))

        def add(writer: pades.Writer) -> None:
            DocumentSecurityStore.supply_dss_in_writer(writer, None, paths=paths, validation_context=context)

        return pades.stamp_document(
            content, trust=trust, at=at, field_name=f"{pades.STAMPED} {signature.field_name}", before=add
        )
