"""The operator's own seal: its certificate, its key in a file or in a module (PKCS#11), the authorities asked."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import crl, keys, ocsp, pem, x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from pyhanko.config.pkcs11 import PKCS11SignatureConfig, TokenCriteria
from pyhanko.sign.general import SigningError as PyhankoError
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from socle.engines.seal import client
from socle.signing.contexts import context_of
from socle.signing.contract import PublishedList, SigningError
from socle.signing.fetching import Ask
from socle.signing.timestamps import Tokens


class Seal:
    """Implements `signing.contract.Trust` from the settings `SOCLE_SEAL_*` and `SOCLE_TIMESTAMP_*`."""

    is_simulated = False

    def __init__(self) -> None:
        self.certificate, *self.chain = _certificates(settings.SOCLE_SEAL_CERTIFICATE)

    def check(self) -> None:
        """Open the seal, sign nothing, and ask for one token: `SigningError` says what does not answer."""
        now = datetime.now(UTC)
        if not self.certificate.not_valid_before <= now <= self.certificate.not_valid_after:
            raise SigningError("Le certificat du cachet n’est pas valable aujourd’hui\u00a0: renouvelez-le.")
        with self.signer():
            pass
        if not settings.SOCLE_TIMESTAMP_URL:
            raise SigningError("Aucune autorité d’horodatage n’est réglée (SOCLE_TIMESTAMP_URL).")
        digest = hashlib.sha256(b"socle").digest()
        asyncio.run(Tokens(self, context_of(self), at=now).async_timestamp(digest, "sha256"))

    def own(self) -> x509.Certificate:
        """The certificate of the settings."""
        return self.certificate

    @contextmanager
    def signer(self) -> Iterator[Signer]:
        """Open the seal. The key is read at each signature, and never kept; a module is closed at the end."""
        if settings.SOCLE_SEAL_PKCS11_MODULE:
            yield from self._in_module()
        else:
            yield self._in_file()

    def _in_file(self) -> Signer:
        path = Path(settings.SOCLE_SEAL_KEY)
        try:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SigningError(
                    f"La clé du cachet est lisible par d’autres que la plateforme\u00a0: chmod 600 {path}"
                )
            key = load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise SigningError(f"La clé du cachet ne peut pas être lue ({path}).") from error
        except (ValueError, TypeError) as error:
            raise SigningError("La clé du cachet n’est pas une clé PEM sans mot de passe.") from error
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if public != self.certificate.public_key.dump():
            raise SigningError("La clé du cachet n’est pas celle de son certificat.")
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return SimpleSigner(
            signing_cert=self.certificate,
            signing_key=keys.PrivateKeyInfo.load(der),
            cert_registry=SimpleCertificateStore(),
            embed_roots=False,
        )

    def _in_module(self) -> Iterator[Signer]:
        from pyhanko.sign.pkcs11 import PKCS11SigningContext

        config = PKCS11SignatureConfig(
            module_path=settings.SOCLE_SEAL_PKCS11_MODULE,
            token_criteria=TokenCriteria(label=settings.SOCLE_SEAL_PKCS11_TOKEN),
            key_label=settings.SOCLE_SEAL_PKCS11_LABEL,
            signing_certificate=self.certificate,
            # The digest is made here: not every module knows how to, and none needs to see the document.
            raw_mechanism=True,
        )
        try:
            with PKCS11SigningContext(config, user_pin=settings.SOCLE_SEAL_PKCS11_PIN) as signer:
                yield signer
        except PyhankoError as error:
            sentence = "Le module de signature ne répond pas, ou refuse le code\u00a0: rien n’est signé."
            raise SigningError(sentence) from error

    def token(self, query: bytes, *, at: datetime) -> bytes:
        """Ask the time-stamping authority, with the header that it wants, if any."""
        name, _, value = settings.SOCLE_TIMESTAMP_HEADER.partition(":")
        headers = {name.strip(): value.strip()} if name.strip() else {}
        return client.token(settings.SOCLE_TIMESTAMP_URL, query, headers=headers)

    def authority(self) -> str:
        """Its address."""
        return str(settings.SOCLE_TIMESTAMP_URL)

    def anchors(self) -> list[x509.Certificate]:
        """The roots that the operator believes."""
        return _certificates(settings.SOCLE_SIGNING_ROOTS)

    def others(self) -> list[x509.Certificate]:
        """The intermediate certificates given with that of the seal."""
        return list(self.chain)

    def revocations(self) -> tuple[list[ocsp.OCSPResponse], list[crl.CertificateList]]:
        """Nothing is known beforehand."""
        return [], []

    def ask(self) -> Ask:
        """Authorities are asked, over our own HTTP."""
        return client.answer

    def trusted_lists(self) -> list[PublishedList]:
        """Those of the territories that the settings name."""
        if not settings.SOCLE_TRUSTED_LISTS_URL:
            return []
        # Half a second of imports, once a day.
        from socle.engines.seal import lists

        signers = settings.SOCLE_TRUSTED_LISTS_SIGNERS
        return lists.published(
            settings.SOCLE_TRUSTED_LISTS_URL,
            signers=_certificates(signers) if signers else [],
            territories=settings.SOCLE_TRUSTED_LISTS,
        )


def _certificates(path: str) -> list[x509.Certificate]:
    """Read the certificates of a PEM file, in order. Raises `SigningError`."""
    try:
        content = Path(path).read_bytes()
        read = list(pem.unarmor(content, multiple=True))
        found = [x509.Certificate.load(der, strict=True) for kind, _, der in read if kind == "CERTIFICATE"]
    except OSError as error:
        raise SigningError(f"Les certificats ne peuvent pas être lus ({path}).") from error
    except ValueError as error:
        raise SigningError(f"Ce fichier ne contient pas de certificats PEM ({path}).") from error
    if not found:
        raise SigningError(f"Ce fichier ne contient pas de certificats PEM ({path}).")
    return found
