"""Contract of what signs: a seal, the time, the state of certificates, and whom to believe.

`SOCLE_SIGNING` names the class that answers: the operator's own seal (`engines/seal`), or the twin of a demonstration.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from asn1crypto import crl, ocsp, x509
from django.conf import settings
from django.utils.module_loading import import_string

from socle.lib.refusals import Refused, Said

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

    from socle.signing.fetching import Ask


class SigningError(Said):
    """The seal or an authority did not answer as it should. `sentence` holds no secret."""


@dataclass(frozen=True)
class PublishedList:
    """A trusted list (ETSI TS 119 612) whose signature was checked: which service is qualified, since when.

    `content` is the XML that the signature covers; `sha256` is that of the whole file, as it was published.
    """

    territory: str
    content: str
    number: int
    issued_at: datetime
    expires_at: datetime
    sha256: str


class Trust(Protocol):
    """The seal of the platform, and the authorities that it asks and believes. A twin says that it is one."""

    is_simulated: bool

    def check(self) -> None:
        """Say that all of it answers, and changes nothing; `SigningError` says what does not."""
        ...

    def own(self) -> x509.Certificate:
        """The certificate of the seal, as it is today. `SigningError`."""
        ...

    def signer(self) -> AbstractContextManager[Signer]:
        """Open the seal: its certificate alone is embedded, its key stays where it is. `SigningError`."""
        ...

    def token(self, query: bytes, *, at: datetime) -> bytes:
        """Ask the time-stamping authority (RFC 3161, DER both ways). A twin stamps `at`, the others their own time."""
        ...

    def authority(self) -> str:
        """Name of the time-stamping authority asked, under which what is known of its tokens is kept."""
        ...

    def anchors(self) -> list[x509.Certificate]:
        """The roots believed: of the seal, of the time-stamping authority, of people's own certificates."""
        ...

    def others(self) -> list[x509.Certificate]:
        """Intermediate certificates that lead to them."""
        ...

    def revocations(self) -> tuple[list[ocsp.OCSPResponse], list[crl.CertificateList]]:
        """Answers and lists of revocation known already, that need not be asked for."""
        ...

    def ask(self) -> Ask | None:
        """How to ask for what is not known (OCSP, CRL, issuers), or None when nobody is to be asked."""
        ...

    def trusted_lists(self) -> list[PublishedList]:
        """Ask for the trusted lists that say who is qualified; none when none is followed here. `SigningError`."""
        ...


def trust() -> Trust:
    """Return what this installation signs with. Raises `Refused`, with the remedy, when it is not set."""
    if not settings.SOCLE_SIGNING:
        raise Refused(
            "Cette plateforme n’a pas de cachet de signature\u00a0: la personne qui l’administre le règle "
            "(SOCLE_SEAL_CERTIFICATE, SOCLE_TIMESTAMP_URL). Rien n’est signé."
        )
    made: Trust = import_string(settings.SOCLE_SIGNING)()
    return made


def is_set() -> bool:
    """Whether this installation can sign in its own product."""
    return bool(settings.SOCLE_SIGNING)
