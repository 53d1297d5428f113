"""Writing one PAdES signature (ETSI EN 319 142-1, level B-B) into a field that waits for it."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from asn1crypto import keys, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from socle.lib import dates
from socle.signing import stamp
from socle.signing.authority import Credentials
from socle.signing.fields import box_size


class _SignerAtAnInstant(signers.PdfSigner):
    """A signer whose clock is handed in, where pyHanko reads the machine's."""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self.at
        return session


class _WriterOfSignatures(IncrementalPdfFileWriter):
    """A writer that leaves the document's metadata alone.

    pyHanko writes them again with the machine's time, and loses on the way the extension schema by which a PDF/A file
    declares the identifier of PDF/UA. A signature carries its own time; the document itself has not changed.
    """

    def _update_meta(self) -> None:
        pass


def sign(
    content: bytes,
    *,
    field_name: str,
    credentials: Credentials,
    at: datetime,
    name: str,
    quality: str,
    place: str,
    organisation: str,
    is_first: bool,
) -> bytes:
    """Return the document with this field signed and stamped, all earlier bytes unchanged at its start.

    The signer's certificate alone is embedded: what a signature does not cover can be altered unseen, and the
    authority's certificate is known to whoever trusts it.
    """
    width, height = box_size(content, field_name)
    metadata = signers.PdfSignatureMetadata(
        field_name=field_name,
        name=name,
        location=place,
        reason=f"Signature en qualité de {quality}" if quality else None,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=is_first,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
    )
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(credentials.certificate),
        signing_key=keys.PrivateKeyInfo.load(credentials.key),
        cert_registry=SimpleCertificateStore(),
    )
    drawing = stamp.Stamp(
        name=name,
        quality=quality,
        organisation=organisation,
        place=place,
        signed_at=dates.at_in_words(at),
        certificate=credentials.certificate_sha256,
    )
    pdf_signer = _SignerAtAnInstant(
        metadata,
        signer=signer,
        stamp_style=stamp.style(drawing, width=width, height=height, at=at),
        at=at.astimezone(dates.PARIS),
    )
    writer = _WriterOfSignatures(io.BytesIO(content), strict=True)
    output = pdf_signer.sign_pdf(writer, existing_fields_only=True)
    signed: bytes = output.getvalue()
    return signed
