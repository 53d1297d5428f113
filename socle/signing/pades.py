"""Writing PAdES signatures (ETSI EN 319 142-1): a seal, its proofs of time and of validity, the stamp of a document.

Each is one revision added at the end of the file: what says that the certificates were valid (the document security
store, DSS) is in the revision of the signature, which covers it. So no byte but the hole of the last one is uncovered.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import tsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.attributes import CMSAttributeProvider, SignedAttributeProviderSpec, SigningCertificateV2Provider
from pyhanko.sign.general import SigningError as PyhankoError
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers.cms_embedder import SigObjSetup
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSigningSession,
    PdfTimeStamper,
    SigDSSPlacementPreference,
)
from pyhanko_certvalidator.errors import PathError, ValidationError

from socle.lib import dates
from socle.signing import stamp
from socle.signing.contexts import context_of
from socle.signing.contract import SigningError, Trust
from socle.signing.fields import box_size
from socle.signing.statement import STATEMENT, Statement
from socle.signing.timestamps import OtherCertificate, Tokens, forget

# In one revision: the validator's data first, then the signature that covers it. VRI entries would need another one.
DSS = DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE)
STAMPED = "Horodatage"
# A stamp is not drawn: outside of the page, it owes nothing to the structure tree (PDF/UA-1, 7.18.1), and stays printed
# as PDF/A-3 wants.
UNSEEN = fields.InvisSigSettings(box_out_of_bounds=True)


class _Session:
    """The writer of a signature, which puts the statement in its dictionary before anything is digested."""

    def __init__(self, writer: Generator[Any, Any, None], statement: Statement) -> None:
        self.writer, self.statement = writer, statement

    def send(self, value: Any) -> Any:
        if isinstance(value, SigObjSetup):
            value.sig_placeholder[STATEMENT] = generic.DictionaryObject(
                {
                    generic.NameObject(f"/{key.capitalize()}"): generic.TextStringObject(words)
                    for key, words in asdict(self.statement).items()
                }
            )
        return self.writer.send(value)


@lru_cache(maxsize=16)
def named(certificate: bytes) -> bytes:
    """How a signature names the certificate (DER) under which it is made: signing-certificate-v2 (RFC 5035), in DER.

    To write it costs a fifth of a seal, and it never changes: what is read back from its bytes is not written again.
    """
    value: bytes = as_signing_certificate_v2(x509.Certificate.load(certificate)).dump()
    return value


class _CertificateNamed(SigningCertificateV2Provider):
    """The attribute that pyHanko writes, read back from bytes written once."""

    async def build_attr_value(self, dry_run: bool = False) -> tsp.SigningCertificateV2:
        value: tsp.SigningCertificateV2 = tsp.SigningCertificateV2.load(named(self.signing_cert.dump()))
        return value


class _Attributes(SignedAttributeProviderSpec):
    """Of a PAdES signature, what is signed beside the digest and its kind: the certificate, and nothing else."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate

    def signed_attr_providers(self, data_digest: bytes, digest_algorithm: str) -> list[CMSAttributeProvider]:
        return [_CertificateNamed(self.certificate)]


class _Signer(signers.PdfSigner):
    """A signer whose clock is handed in, where pyHanko reads the machine's, and which states whom it seals for."""

    def __init__(self, *args: Any, at: datetime, statement: Statement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at, self.statement = at, statement

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self.at
        session.cms_writer = _Session(session.cms_writer, self.statement)
        return session


class Writer(IncrementalPdfFileWriter):
    """A writer that leaves the document's metadata alone.

    pyHanko writes them again with the machine's time, and loses on the way the extension schema by which a PDF/A file
    declares the identifier of PDF/UA. A signature carries its own time; the document itself has not changed.
    """

    def _update_meta(self) -> None:
        pass


def seal(
    content: bytes,
    *,
    trust: Trust,
    statement: Statement,
    at: datetime,
    quality: str,
    place: str,
    is_first: bool,
    is_last: bool,
) -> tuple[bytes, bytes]:
    """Return the document with this field sealed and stamped, and the seal's certificate (DER).

    All earlier bytes are unchanged at its start. The level is B-LT: a token of the time-stamping authority is bound to
    the signature, and what shows that no certificate was revoked is in the file. The last one of a document also gets a
    stamp over the whole (B-LTA). Raises `SigningError` when an authority does not answer, or answers wrongly: then
    nothing is signed, and never at a lower level.
    """
    width, height = box_size(content, statement.field)
    drawing = stamp.Stamp(
        name=statement.person,
        quality=quality,
        organisation=statement.party,
        place=place,
        signed_at=dates.at_in_words(at),
        evidence=statement.evidence,
        is_demonstration=trust.is_simulated,
    )
    with trust.signer() as signer, asking():
        assert signer.signing_cert is not None  # an engine opens a seal with its certificate.
        signer.signed_attr_prov_spec = _Attributes(signer.signing_cert)
        context = context_of(trust, at=at)
        metadata = signers.PdfSignatureMetadata(
            field_name=statement.field,
            name=statement.person,
            location=place,
            reason=f"Signature simple en qualité de {quality}" if quality else "Signature simple",
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            certify=is_first,
            docmdp_permissions=fields.MDPPerm.FILL_FORMS,
            embed_validation_info=True,
            validation_context=context,
            dss_settings=DSS,
        )
        pdf_signer = _Signer(
            metadata,
            signer=signer,
            timestamper=Tokens(trust, context, at=at),
            stamp_style=stamp.style(drawing, width=width, height=height, at=at),
            at=at.astimezone(dates.PARIS),
            statement=statement,
        )
        output = pdf_signer.sign_pdf(Writer(io.BytesIO(content), strict=True), existing_fields_only=True)
        signed, certificate = bytes(output.getvalue()), signer.signing_cert.dump()
    return (stamp_document(signed, trust=trust, at=at, field_name=STAMPED) if is_last else signed), certificate


def stamp_document(
    content: bytes, *, trust: Trust, at: datetime, field_name: str, before: Callable[[Writer], None] | None = None
) -> bytes:
    """Return the document with a stamp of the time over all of it, and what validates it. Raises `SigningError`.

    `before` adds to the same revision, which the stamp covers.
    """
    with asking():
        context = context_of(trust, at=at)
        timestamper = PdfTimeStamper(
            Tokens(trust, context, at=at), field_name, UNSEEN, readable_field_name="Horodatage du document"
        )
        writer = Writer(io.BytesIO(content), strict=True)
        if before is not None:
            before(writer)
        output = timestamper.timestamp_pdf(
            writer,
            "sha256",
            context,
            dss_settings=DSS.get_settings_for_ts(),
        )
        return bytes(output.getvalue())


class asking:
    """Says in French what an authority did not do, whatever the library calls it."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        if not isinstance(error, OtherCertificate):
            # The certificate of the tokens may be what is no longer good.
            forget()
        if isinstance(error, SigningError):
            return
        if isinstance(error, (PyhankoError, PathError, ValidationError, OSError, ValueError)):
            raise SigningError(_why(error)) from error


def _why(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SigningError):
            return cause.sentence
        if isinstance(cause, OSError):
            return (
                "L’autorité d’horodatage n’a pas donné de jeton valable\u00a0: rien n’est signé. Réessayez plus tard."
            )
        cause = cause.__cause__ or cause.__context__
    return (
        "La validité du cachet, ou celle de l’horodatage, n’a pas pu être établie (certificat expiré, révoqué, ou "
        "liste de révocation hors d’atteinte)\u00a0: rien n’est signé."
    )
