"""Signed files made to cost, for the tests and the drills: small to send, and very long to read without bounds."""

from __future__ import annotations

import io
import re
import zlib
from datetime import UTC, datetime

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2044, 1, 1, tzinfo=UTC)


def _certificate(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, signing: ec.EllipticCurvePrivateKey, *, is_ca: bool
) -> asn1_x509.Certificate:
    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    usage = x509.KeyUsage(not is_ca, not is_ca, False, False, False, is_ca, is_ca, False, False)
    made = (
        x509.CertificateBuilder().subject_name(named(subject)).issuer_name(named(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(SINCE).not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True).sign(signing, hashes.SHA256())
    )  # fmt: skip
    found: asn1_x509.Certificate = asn1_x509.Certificate.load(made.public_bytes(Encoding.DER))
    return found


def certificates_of_one_name(count: int) -> list[asn1_x509.Certificate]:
    """So many authorities of one subject and one issuer, each of which may have issued each: N! walks among them."""
    key = ec.generate_private_key(ec.SECP256R1())
    return [_certificate("Autorité", "Autorité", key, key, is_ca=True) for _ in range(count)]


def chain_of(length: int) -> tuple[list[asn1_x509.Certificate], asn1_x509.Certificate, asn1_x509.Certificate]:
    """An honest path of so many certificates: those between, the person's, and the root."""
    pairs = [ec.generate_private_key(ec.SECP256R1()) for _ in range(length)]
    made = [
        _certificate(f"Rang {rank}", f"Rang {above}", pairs[rank], pairs[above], is_ca=rank < length - 1)
        for rank, above in enumerate([0, *range(length - 1)])
    ]
    return made[1:-1], made[-1], made[0]


def cross_certified() -> tuple[list[asn1_x509.Certificate], asn1_x509.Certificate, list[asn1_x509.Certificate]]:
    """An honest authority certified by its own root and by that of another: a person's certificate has two paths."""
    first, second, authority, person = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
    roots = [_certificate(name, name, key, key, is_ca=True) for name, key in (("Une", first), ("Deux", second))]
    between = [
        _certificate("Autorité", name, authority, key, is_ca=True) for name, key in (("Une", first), ("Deux", second))
    ]
    return between, _certificate("Claire Exemple", "Autorité", person, authority, is_ca=False), roots


def signer_under(authorities: list[asn1_x509.Certificate], *, name: str = "Claire Exemple") -> SimpleSigner:
    """A signer whose certificate any of these may have issued, and that sends them all along."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = _certificate(name, "Autorité", key, key, is_ca=False)
    store = SimpleCertificateStore()
    store.register_multiple(authorities)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(signing_cert=own, signing_key=keys.PrivateKeyInfo.load(der), cert_registry=store)


def signed_by_many(content: bytes, count: int, *, field: str = "beneficiary", name: str = "Claire Exemple") -> bytes:
    """The document signed in this place, with so many authorities of one name in the CMS: a few kilobytes more."""
    metadata = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    signer = PdfSigner(
        metadata, signer_under(certificates_of_one_name(count), name=name), new_field_spec=SigFieldSpec(field)
    )
    signed: bytes = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content))).getvalue()
    return signed


def many_free_entries(content: bytes, megabytes: int = 16) -> bytes:
    """The document and one more revision: a table of free objects, which so many megabytes unfold from a thousandth."""
    entries = megabytes * 2**20 // 3
    packed = zlib.compress(b"\x00\xff\xff" * entries, 9)
    last = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    root = re.findall(rb"/Root (\d+) 0 R", content)[-1].decode()
    own = max(int(size) for size in re.findall(rb"/Size (\d+)", content))
    table = (
        f"{own} 0 obj\n<</Type/XRef/W[1 0 2]/Index[{own + 1} {entries}]/Size {own + 1 + entries}/Root {root} 0 R"
        f"/Prev {last}/Filter/FlateDecode/Length {len(packed)}>>\nstream\n"
    )
    at = len(content) + 1
    return content + b"\n" + table.encode() + packed + f"\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n".encode()
