"""The demonstration's certification authority: it certifies fictitious people, on demand, and says so in each name.

A real operator buys qualified certificates; this authority exists only where the data directory is a demonstration, so
that nobody mistakes its signatures for commitments. Keys are ECDSA P-256, readable by their owner only.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from django.conf import settings

from socle.lib.refusals import refuse
from socle.people.models import User

MENTION = "DÉMONSTRATION"
ROOT_NAME = f"Autorité de {MENTION}"
ROOT_UNIT = f"{MENTION} - sans valeur juridique"
# The demonstration replays the past: its certificates are valid over all of it, and over the life of the software.
VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


@dataclass(frozen=True)
class Credentials:
    """A private key and its certificate, in DER; `certificate_sha256` is what the proof keeps."""

    key: bytes
    certificate: bytes

    @property
    def certificate_sha256(self) -> str:
        return hashlib.sha256(self.certificate).hexdigest()


def why_not_certify() -> str | None:
    """Say in French why the demonstration authority may not act, or None."""
    if not settings.DEMO:
        return (
            "Cette plateforme n’est pas une démonstration\u00a0: l’autorité de démonstration n’y délivre aucun "
            "certificat. Configurez les certificats de signature de l’opérateur."
        )
    return None


def root() -> x509.Certificate | None:
    """Return the authority's own certificate, or None while it has certified nobody."""
    try:
        return x509.load_der_x509_certificate((_folder() / "root.der").read_bytes())
    except FileNotFoundError:
        return None


def credentials_of(user: User, *, organisation: str) -> Credentials:
    """Return the key and certificate of this person for this organisation, made the first time they are asked.

    The subject holds the person's name, the organisation and the mention « DÉMONSTRATION ». A new name or a new
    organisation gives another certificate. Raises `Refused` outside the demonstration mode.
    """
    refuse(why_not_certify())
    subject = _subject(user.name or "Personne sans nom", organisation)
    identity = hashlib.sha256(f"{user.pk}\n{subject.rfc4514_string()}".encode()).hexdigest()[:32]
    path = _folder() / "people" / identity
    with _only_one():
        if not path.with_suffix(".der").exists():
            issuer_key, issuer = _root_pair()
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = (
                _builder(subject, issuer.subject, key.public_key())
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(_usage(for_signatures=True), critical=True)
                .add_extension(
                    # E-mail protection as well, because common readers know no other purpose for a signature.
                    x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
                    critical=False,
                )
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
                )
                .sign(issuer_key, hashes.SHA256())
            )
            _write_pair(path, key, certificate)
        return Credentials(path.with_suffix(".key").read_bytes(), path.with_suffix(".der").read_bytes())


def _root_pair() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return the authority's key and certificate, made the first time; the caller holds the lock."""
    path = _folder() / "root"
    if not path.with_suffix(".der").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Socle"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ROOT_UNIT),
                x509.NameAttribute(NameOID.COMMON_NAME, ROOT_NAME),
            ]
        )
        certificate = (
            _builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(for_signatures=False), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write_pair(path, key, certificate)
    loaded = serialization.load_der_private_key(path.with_suffix(".key").read_bytes(), password=None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)  # we wrote it
    return loaded, x509.load_der_x509_certificate(path.with_suffix(".der").read_bytes())


def _subject(name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _short(organisation)),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ROOT_UNIT),
            x509.NameAttribute(NameOID.COMMON_NAME, _short(name)),
        ]
    )


def _short(text: str) -> str:
    """Fit a name into the 64 bytes the library allows (X.520 says characters), without control characters."""
    clean = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    if len(clean.encode()) <= 64:
        return clean
    return clean.encode()[:61].decode(errors="ignore").rstrip() + "…"


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, for_signatures: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=for_signatures,
        content_commitment=for_signatures,
        key_cert_sign=not for_signatures,
        crl_sign=not for_signatures,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _folder() -> Path:
    return Path(settings.PKI_DIR)


def _write_pair(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    """Write the key, then the certificate: a certificate found on the disk always has its key."""
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(path.with_suffix(".key"), der, 0o600)
    _write(path.with_suffix(".der"), certificate.public_bytes(serialization.Encoding.DER), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold the authority's lock: two processes never make two roots, nor two certificates for one person."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
