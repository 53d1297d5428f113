"""Asking about a certificate (OCSP, lists of revocation, issuers), over whatever way of asking is given.

pyHanko's own clients go round our guard of outgoing requests, and a process without network asks whoever started it:
its fetchers are kept, with the way of asking that is given to them.
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

# A certificate names whom to ask: a hostile one would name many.
MOST_ASKED, MOST_ISSUERS = 30, 6


@dataclass(frozen=True)
class Question:
    """One request: to this address, with these bytes if any, and the types of answer that are read."""

    url: str
    accept: str
    body: bytes | None = None
    kind: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer, as the library's fetchers read it."""

    content: bytes
    kind: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": self.kind}


# Asks, and returns the answer; `ValueError` when there is none.
Ask = Callable[[Question], Reply]


def backend(ask: Ask) -> FetcherBackend:
    """The library's fetchers of one validation, over this way of asking, with a bounded number of requests."""
    return _Backend(ask)


class _Over:
    """Our way of asking, given to the library's fetchers instead of theirs. A failure is a `ValueError` to them."""

    ask: Ask

    async def _get(self, url: str, *, acceptable_content_types: Iterable[str]) -> Reply:
        return await asyncio.to_thread(self.ask, Question(url, ",".join(acceptable_content_types)))

    async def _post(
        self, url: str, data: bytes, *, content_type: str, acceptable_content_types: Iterable[str]
    ) -> Reply:
        return await asyncio.to_thread(self.ask, Question(url, ",".join(acceptable_content_types), data, content_type))


class _Ocsp(_Over, RequestsOCSPFetcher):  # type: ignore[misc]
    pass


class _Crl(_Over, RequestsCRLFetcher):  # type: ignore[misc]
    pass


class _Issuers(_Over, RequestsCertificateFetcher):  # type: ignore[misc]
    pass


class _Backend(FetcherBackend):
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def get_fetchers(self) -> Fetchers:
        """Return new ones: what was asked is remembered for the time of one validation."""
        budget = FetchBudget(FetchLimits(max_requests=MOST_ASKED, max_cert_requests=MOST_ISSUERS))
        states, lists, issuers = _Ocsp(budget=budget), _Crl(budget=budget), _Issuers(budget=budget)  # type: ignore[no-untyped-call]
        states.ask = lists.ask = issuers.ask = self._ask
        return Fetchers(ocsp_fetcher=states, crl_fetcher=lists, cert_fetcher=issuers)

    async def close(self) -> None:
        """Nothing stays open."""
