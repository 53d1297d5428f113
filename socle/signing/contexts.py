"""Validation of certificates within bounds: how many there may be, how long a path, how many are tried.

The library tries every walk among the certificates that a signature brings along: so many authorities of one name make
N! of them. It knows no bound; these are far above what any authority delivers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import enumerate_ocsp_certs
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import AuthorityWithCert, TrustAnchor
from pyhanko_certvalidator.errors import PathBuildingError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.registry import PathBuilder
from pyhanko_certvalidator.util import CancelableAsyncIterator

from socle.signing.fetching import Ask, backend

if TYPE_CHECKING:
    from socle.signing.contract import Trust

# Of a signature: its certificates, those of authorities of one name among them, those that the same bytes repeat being
# counted once. A person's signature brings three or four.
MOST_CERTIFICATES, MOST_OF_ONE_NAME = 20, 3
# Of a token of time, of an answer about a certificate, of the store of a document, which grows with each signature.
MOST_BESIDE = 60
# Of a path: the certificates from the signer's to the root's; and how many are tried, those that lead nowhere included.
LONGEST_PATH, MOST_TRIED = 6, 50


class TooMany(ValueError):
    """A file brings more than any signature does. `sentence` is French."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Known:
    """Certificates believed, those that lead to them, what is known of revocations, and how to ask for the rest."""

    anchors: list[x509.Certificate]
    others: list[x509.Certificate] = field(default_factory=list)
    ocsps: list[ocsp.OCSPResponse] = field(default_factory=list)
    crls: list[crl.CertificateList] = field(default_factory=list)
    ask: Ask | None = None

    @classmethod
    def of(cls, trust: Trust) -> Known:
        """Read all of it from what this installation signs with."""
        ocsps, crls = trust.revocations()
        return cls(trust.anchors(), trust.others(), ocsps, crls, trust.ask())


def context_of(trust: Trust, *, at: datetime | None = None) -> ValidationContext:
    """Validation of the certificates of a signature being made: each must be shown not to be revoked."""
    return asking(Known.of(trust), at=at if trust.is_simulated else None)


def asking(known: Known, *, at: datetime | None = None) -> ValidationContext:
    """The same, from what is known; `at` only where time is told."""
    return bounded(
        ValidationContext(
            trust_roots=known.anchors,
            other_certs=known.others,
            ocsps=known.ocsps,
            crls=known.crls,
            allow_fetching=known.ask is not None,
            fetcher_backend=backend(known.ask) if known.ask else None,
            revocation_mode="hard-fail",
            moment=at,
            best_signature_time=at,
        )
    )


def bounded(context: ValidationContext) -> ValidationContext:
    """Return this context, whose paths are short and few from now on."""
    context.path_builder = _Paths(context.path_builder.trust_manager, context.certificate_registry)
    return context


class _Paths(PathBuilder):
    """The paths of a certificate: the library's order, depth first, within `LONGEST_PATH` and `MOST_TRIED`."""

    def async_build_paths_lazy(self, end_entity_cert: x509.Certificate) -> CancelableAsyncIterator[ValidationPath]:
        return _Walk(self._found(end_entity_cert))

    async def _found(self, certificate: x509.Certificate) -> AsyncGenerator[ValidationPath, None]:
        anchor = self.trust_manager.as_trust_anchor(AuthorityWithCert(certificate))
        if anchor is not None:
            yield ValidationPath(anchor, [], None)
            return
        tried, is_found = 0, False
        waiting: list[tuple[x509.Certificate, ...]] = [(certificate,)]
        while waiting and tried < MOST_TRIED:
            path = waiting.pop()
            issuers = [one async for one in self._issuers(path)]
            longer = [one for one in issuers if isinstance(one, x509.Certificate)]
            for one in issuers:
                if isinstance(one, TrustAnchor):
                    is_found, tried = True, tried + 1
                    yield ValidationPath(one, list(reversed(path[1:])), path[0])
            if longer and len(path) < LONGEST_PATH - 1:
                waiting += [(*path, one) for one in reversed(longer)]
            elif not issuers or longer:
                tried += 1
        if not is_found:
            raise PathBuildingError("no path leads to a certificate that is believed, within the bounds")

    async def _issuers(
        self, path: tuple[x509.Certificate, ...]
    ) -> AsyncGenerator[TrustAnchor | x509.Certificate, None]:
        """Those that may have issued the last one, asked for only where none is at hand; none twice in a path."""
        met, is_found = {one.issuer_serial for one in path}, False
        for issuer in self.registry.find_potential_issuers(path[-1], self.trust_manager):
            if isinstance(issuer, TrustAnchor) or issuer.issuer_serial not in met:
                is_found = True
                yield issuer
        if not is_found:
            async for issuer in self.registry.fetch_missing_potential_issuers(path[-1]):
                if issuer.issuer_serial not in met:
                    yield issuer


class _Walk(CancelableAsyncIterator[ValidationPath]):
    def __init__(self, found: AsyncGenerator[ValidationPath, None]) -> None:
        self._found = found

    async def __anext__(self) -> ValidationPath:
        return await self._found.__anext__()

    async def cancel(self) -> None:
        await self._found.aclose()


def why_too_many(signature: EmbeddedPdfSignature) -> str | None:
    """Say in French why a signature, or a stamp, brings more certificates than one does, or None. None is validated."""
    is_stamp = signature.sig_object_type == "/DocTimeStamp"
    most = MOST_BESIDE if is_stamp else MOST_CERTIFICATES
    found = _distinct(signature.signed_data)
    if len(found) > most:
        return f"Cette signature apporte plus de {most} certificats\u00a0: signez avec un autre logiciel."
    names = Counter(one.subject.dump() for one in found.values() if one.ca)
    if not is_stamp and names and max(names.values()) > MOST_OF_ONE_NAME:
        return (
            f"Cette signature apporte plus de {MOST_OF_ONE_NAME} certificats d’autorités du même nom\u00a0: signez "
            "avec un autre logiciel."
        )
    for is_signed in (False, True):
        for token in extract_tst_data_iter(signature.signer_info, signed=is_signed):
            if len(_distinct(token)) > MOST_BESIDE:
                return f"Un horodatage apporte plus de {MOST_BESIDE} certificats\u00a0: signez avec un autre logiciel."
    return None


def _distinct(data: cms.SignedData) -> dict[bytes, x509.Certificate]:
    """The certificates of a signature, each once, by its bytes."""
    found: dict[bytes, x509.Certificate] = {}
    for choice in data["certificates"] or ():
        if choice.name == "certificate":
            found.setdefault(choice.chosen.dump(), choice.chosen)
        if len(found) > MOST_BESIDE:
            break
    return found


def why_too_many_stored(reader: PdfFileReader) -> str | None:
    """Say in French why the security store of a document (DSS) holds more than one does, or None."""
    if "/DSS" not in reader.root:
        return None
    store = reader.root["/DSS"]
    kinds = (
        ("/Certs", DecodePurpose.CERTIFICATE, "certificats"),
        ("/OCSPs", DecodePurpose.OCSP_RESPONSE, "réponses sur des certificats"),
        ("/CRLs", DecodePurpose.CRL, "listes de révocation"),
    )
    for key, purpose, name in kinds:
        found: set[bytes] = set()
        places = list(store[key]) if key in store else []
        # The same one, named many times, is read once for each.
        for place in places if len(places) <= 10 * MOST_BESIDE else ():
            content = place.get_object().read_data(purpose)
            found.add(content)
            if purpose is DecodePurpose.OCSP_RESPONSE and _holds_many(ocsp.OCSPResponse.load(content)):
                return f"Une réponse sur un certificat en apporte plus de {MOST_BESIDE}\u00a0: ce fichier n’est pas lu."
        if len(found) > MOST_BESIDE or len(places) > 10 * MOST_BESIDE:
            return f"Ce fichier apporte plus de {MOST_BESIDE} {name}\u00a0: il n’est pas lu."
    return None


def _holds_many(answer: ocsp.OCSPResponse) -> bool:
    return _count(enumerate_ocsp_certs(answer)) > MOST_BESIDE


def _count(found: Iterable[object]) -> int:
    return sum(1 for _ in found)
