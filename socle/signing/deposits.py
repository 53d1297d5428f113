"""A document signed elsewhere, with a person's own certificate, and handed back: what it must be to be taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from asn1crypto import x509
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.path import ValidationPath

from socle.lib.refusals import Refused, refuse
from socle.signing import apart, pades, verification
from socle.signing.contract import SigningError, Trust
from socle.signing.examination import NOT_THIS, Accepted, Awaited

# A signature with its chain and its proofs weighs tens of kilobytes.
MOST_ADDED = 4 * 1024 * 1024


def take(
    content: bytes,
    *,
    current: bytes,
    former: Sequence[bytes],
    field_name: str | None,
    names: Sequence[str],
    trust: Trust,
    since: datetime | None,
    at: datetime,
) -> tuple[bytes, x509.Certificate, ValidationPath]:
    """Return the file to keep, stamped, the certificate that signed and the path to it, or raise `Refused` (French).

    `current` is the version to sign, which came to be at `since`, `former` those before it: the file must begin with
    the very bytes of the first, fill this place and nothing else, with a valid certificate in the name of one of these
    persons. Without a place (`field_name` None), the program that signs makes its own. What shows that the certificate
    was valid, and a stamp of the time over the whole, are added: so the signature outlives its certificate. What comes
    out is verified as anybody will verify it.
    """
    refuse(_why_not_this(content, current, former))
    awaited = Awaited(field_name, tuple(names), since, at)
    try:
        found = apart.examine(content, current=current, awaited=awaited, trust=trust)
        stamped = _stamped(content[: found.length], found, trust, at)
    except SigningError as error:
        raise Refused(error.sentence) from error
    refuse(verification.why_not_rely(stamped, current=current, field_name=found.field_name))
    path = ValidationPath(CertTrustAnchor(found.path[0]), found.path[1:-1], found.path[-1])
    return stamped, found.path[-1], path


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


def _stamped(content: bytes, found: Accepted, trust: Trust, at: datetime) -> bytes:
    """Add, in one revision, what validates the last signature and a stamp of the time over all. `SigningError`."""

    def add(writer: pades.Writer) -> None:
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None, certs=found.certificates, ocsps=found.ocsps, crls=found.crls
        )

    field_name = f"{pades.STAMPED} {found.field_name}"
    return pades.stamp_document(content, trust=trust, at=at, field_name=field_name, before=add)
