"""The twin of what signs: a seal, a time-stamping authority and a revocation list, of an authority of its own.

It says in each name that it is a demonstration, and exists only where the data directory is one, so that nobody
mistakes its signatures for commitments. Keys are ECDSA P-256, readable by their owner only. It stamps the time that it
is told, since a demonstration replays the past.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core, crl, keys, ocsp, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from django.conf import settings
from pyhanko.sign.general import simple_cms_attribute
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from socle.lib.refusals import refuse
from socle.signing.contract import PublishedList
from socle.signing.pades import named

MENTION = "DÉMONSTRATION"
ROOT_NAME = f"Autorité de {MENTION}"
ROOT_UNIT = f"{MENTION} - sans valeur juridique"
# The demonstration replays the past: its certificates are valid over all of it, and over the life of the software.
VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
# Document signing (RFC 9336), and e-mail protection because common readers know no other purpose for a signature.
SIGNING = (ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION)
# Alone, and critical (RFC 3161, 2.3).
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
SEAL_NAME, STAMPER_NAME, OPERATOR = "Cachet de la plateforme", "Horodatage", "Socle"


@dataclass(frozen=True)
class Credentials:
    """A private key and its certificate, in DER; `certificate_sha256` is what the proof keeps."""

    key: bytes
    certificate: bytes

    @property
    def asn1(self) -> asn1_x509.Certificate:
        loaded: asn1_x509.Certificate = asn1_x509.Certificate.load(self.certificate)
        return loaded

    @property
    def asn1_key(self) -> keys.PrivateKeyInfo:
        loaded: keys.PrivateKeyInfo = keys.PrivateKeyInfo.load(self.key)
        return loaded


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


def credentials_of(name: str, *, organisation: str, purposes: Iterable[ObjectIdentifier] = SIGNING) -> Credentials:
    """Return the key and certificate of this name in this organisation, made the first time they are asked.

    The subject also holds the mention « DÉMONSTRATION ». Raises `Refused` outside the demonstration mode.
    """
    refuse(why_not_certify())
    subject = _subject(name, organisation)
    identity = hashlib.sha256(subject.rfc4514_string().encode()).hexdigest()[:32]
    path = _folder() / "certified" / identity
    if path.with_suffix(".der").exists():
        return Credentials(path.with_suffix(".key").read_bytes(), path.with_suffix(".der").read_bytes())
    with _only_one():
        if not path.with_suffix(".der").exists():
            issuer_key, issuer = _root_pair()
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = (
                _builder(subject, issuer.subject, key.public_key())
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(_usage(for_signatures=True), critical=True)
                .add_extension(x509.ExtendedKeyUsage(purposes), critical=tuple(purposes) == STAMPING)
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
        nothing_revoked = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(name)
            .last_update(VALID_FROM)
            .next_update(VALID_UNTIL)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(path.with_suffix(".crl"), nothing_revoked.public_bytes(serialization.Encoding.DER), 0o644)
    loaded = serialization.load_der_private_key(path.with_suffix(".key").read_bytes(), password=None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)  # we wrote it
    return loaded, x509.load_der_x509_certificate(path.with_suffix(".der").read_bytes())


class SimulatedTrust:
    """The twin of a seal and of the authorities that it asks: no network, nothing ever revoked."""

    is_simulated = True

    def check(self) -> None:
        """The twin always answers, in a demonstration."""
        refuse(why_not_certify())

    def own(self) -> asn1_x509.Certificate:
        """The certificate of the seal of the demonstration."""
        return credentials_of(SEAL_NAME, organisation=OPERATOR).asn1

    @contextmanager
    def signer(self) -> Iterator[Signer]:
        """Open the seal of the demonstration."""
        seal = credentials_of(SEAL_NAME, organisation=OPERATOR)
        yield SimpleSigner(
            signing_cert=seal.asn1, signing_key=seal.asn1_key, cert_registry=SimpleCertificateStore(), embed_roots=False
        )

    def token(self, query: bytes, *, at: datetime) -> bytes:
        """Stamp at the time that is told."""
        own = credentials_of(STAMPER_NAME, organisation=OPERATOR, purposes=STAMPING)
        answer = _Stamper(own.asn1, own.asn1_key, fixed_dt=at).request_tsa_response(tsp.TimeStampReq.load(query))
        return bytes(answer.dump())

    def authority(self) -> str:
        """The folder of its keys."""
        return str(_folder())

    def anchors(self) -> list[asn1_x509.Certificate]:
        """The root of the demonstration, once it exists."""
        own = root()
        return [asn1_x509.Certificate.load(own.public_bytes(serialization.Encoding.DER))] if own else []

    def others(self) -> list[asn1_x509.Certificate]:
        """No intermediate authority."""
        return []

    def revocations(self) -> tuple[list[ocsp.OCSPResponse], list[crl.CertificateList]]:
        """A list that revokes nothing."""
        path = _folder() / "root.crl"
        return [], [crl.CertificateList.load(path.read_bytes())] if path.exists() else []

    def ask(self) -> None:
        """Nobody is asked."""

    def trusted_lists(self) -> list[PublishedList]:
        """No authority of a demonstration is in any list."""
        return []


class _Stamper(DummyTimeStamper):
    """The library's own twin, which knows RSA only, with our keys."""

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, cms.CMSAttributes]:
        own: asn1_x509.Certificate = self.tsa_cert
        attributes = cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("signing_time", cms.Time({"utc_time": core.UTCTime(dt)})),
                simple_cms_attribute("signing_certificate_v2", tsp.SigningCertificateV2.load(named(own.dump()))),
                simple_cms_attribute("message_digest", hashlib.new(md_algorithm, tst_info_data).digest()),
            ]
        )
        key = serialization.load_der_private_key(self.tsa_key.dump(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # we wrote it
        return key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())), attributes

    def _build_signed_data(self, *args: Any) -> dict[str, Any]:
        data: dict[str, Any] = super()._build_signed_data(*args)
        data["signer_infos"][0]["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
        return data


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
