"""Asks over `lib.http`: a token of time (RFC 3161), the state of a certificate (OCSP, CRL), its issuer, a trusted list.

Their answers are signed: they may travel in clear, and most addresses written in certificates are « http:// ».
pyHanko's own clients go round our guard of outgoing requests; its fetchers are kept, with our way of asking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pyhanko_certvalidator.fetchers.api import FetcherBackend, Fetchers, FetchLimits
from pyhanko_certvalidator.fetchers.common_utils import FetchBudget
from pyhanko_certvalidator.fetchers.requests_fetchers.cert_fetch_client import RequestsCertificateFetcher
from pyhanko_certvalidator.fetchers.requests_fetchers.crl_client import RequestsCRLFetcher
from pyhanko_certvalidator.fetchers.requests_fetchers.ocsp_client import RequestsOCSPFetcher

from socle.lib import http
from socle.signing.contract import SigningError

# A revocation list of a large authority weighs several megabytes, and so does the trusted list of a large country.
LARGEST_LIST = 20 * 1024 * 1024
# A certificate names whom to ask: a hostile one would name many.
LIMITS = FetchLimits(max_requests=30, max_cert_requests=6)
# Seconds for a token: a person waits.
TIMEOUT = 10.0
TSL = "application/vnd.etsi.tsl+xml, text/xml"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


def token(url: str, query: bytes, *, headers: dict[str, str]) -> bytes:
    """Ask the time-stamping authority; DER both ways. Raises `SigningError`."""
    try:
        answer = http.post(
            url, body=query, headers={"Content-Type": QUERY, **headers}, timeout=TIMEOUT, in_clear=not headers
        )
    except http.Forbidden as error:
        # It was never asked, and would not be later: the settings are to be mended.
        raise SigningError(
            f"L’autorité d’horodatage n’est pas appelée (SOCLE_TIMESTAMP_URL)\u00a0: rien n’est signé. {error.sentence}"
        ) from error
    except http.OutgoingError as error:
        raise SigningError(
            f"L’autorité d’horodatage ne répond pas\u00a0: rien n’est signé. Réessayez plus tard. {error.sentence}"
        ) from error
    if not answer.is_ok or answer.headers.get("content-type", "").split(";")[0].strip() != REPLY:
        raise SigningError(
            f"L’autorité d’horodatage a répondu autre chose qu’un jeton ({answer.status})\u00a0: rien n’est signé."
        )
    return answer.body


def trusted_list(url: str) -> bytes:
    """Read a trusted list, signed XML. Raises `SigningError`."""
    try:
        answer = http.get(url, headers={"Accept": TSL}, limit=LARGEST_LIST, in_clear=True)
    except http.OutgoingError as error:
        raise SigningError(f"La liste de confiance est hors d’atteinte. {error.sentence}") from error
    if not answer.is_ok:
        raise SigningError(f"La liste de confiance est hors d’atteinte\u00a0: son serveur a répondu {answer.status}.")
    return answer.body


@dataclass(frozen=True)
class _Answer:
    """An answer as the library's fetchers read it."""

    content: bytes
    headers: dict[str, str]


class _OverOurs:
    """Our way of asking, given to the library's fetchers instead of theirs. A failure is a `ValueError` to them."""

    async def _get(self, url: str, *, acceptable_content_types: Iterable[str]) -> _Answer:
        headers = {"Accept": ",".join(acceptable_content_types)}
        return await _asked(lambda: http.get(url, headers=headers, limit=LARGEST_LIST, in_clear=True))

    async def _post(
        self, url: str, data: bytes, *, content_type: str, acceptable_content_types: Iterable[str]
    ) -> _Answer:
        headers = {"Accept": ",".join(acceptable_content_types), "Content-Type": content_type}
        return await _asked(lambda: http.post(url, body=data, headers=headers, in_clear=True))


async def _asked(ask: Callable[[], http.Answer]) -> _Answer:
    try:
        answer = await asyncio.to_thread(ask)
    except http.OutgoingError as error:
        raise ValueError(error.sentence) from error
    if answer.status != 200:
        raise ValueError(f"status {answer.status}")
    return _Answer(answer.body, {"Content-Type": answer.headers.get("content-type", "")})


class _Ocsp(_OverOurs, RequestsOCSPFetcher):  # type: ignore[misc]
    pass


class _Crl(_OverOurs, RequestsCRLFetcher):  # type: ignore[misc]
    pass


class _Issuers(_OverOurs, RequestsCertificateFetcher):  # type: ignore[misc]
    pass


class OverOurHttp(FetcherBackend):
    """The fetchers of one validation, with a bounded number of requests."""

    def get_fetchers(self) -> Fetchers:
        """Return new ones: what was asked is remembered for the time of one validation."""
        budget = FetchBudget(LIMITS)
        return Fetchers(
            ocsp_fetcher=_Ocsp(budget=budget),
            crl_fetcher=_Crl(budget=budget),  # type: ignore[no-untyped-call]
            cert_fetcher=_Issuers(budget=budget),
        )

    async def close(self) -> None:
        """Nothing stays open."""
