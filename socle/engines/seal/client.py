"""Asks over `lib.http`: a token of time (RFC 3161), the state of a certificate (OCSP, CRL), its issuer, a trusted list.

Their answers are signed: they may travel in clear, and most addresses written in certificates are « http:// ».
"""

from __future__ import annotations

from socle.lib import http
from socle.signing.contract import SigningError
from socle.signing.fetching import Question, Reply

# A revocation list of a large authority weighs several megabytes, and so does the trusted list of a large country.
LARGEST_LIST = 20 * 1024 * 1024
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


def answer(question: Question) -> Reply:
    """Ask about a certificate (OCSP, CRL, issuer) whom it names. Raises `ValueError` when there is no answer."""
    headers = {"Accept": question.accept}
    try:
        if question.body is None:
            got = http.get(question.url, headers=headers, limit=LARGEST_LIST, in_clear=True)
        else:
            headers["Content-Type"] = question.kind
            got = http.post(question.url, body=question.body, headers=headers, in_clear=True)
    except http.OutgoingError as error:
        raise ValueError(error.sentence) from error
    if got.status != 200:
        raise ValueError(f"status {got.status}")
    return Reply(got.body, got.headers.get("content-type", ""))
