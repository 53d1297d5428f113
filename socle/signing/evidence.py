"""The evidence of a signature made in the platform: the facts of one gesture, in one text whose hash is signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

# What the person says by ticking the box, whatever the door.
SAID = "J’ai lu ce document et je le signe."
ATTESTED = "J’ai vu l’original signé, et j’atteste que ce fichier en est la numérisation."
CONFIRMED = "Mon organisme a signé ce document sur papier ce jour-là, et ce fichier en est la numérisation."
CONTESTED = "Cette signature n’est pas celle de mon organisme."


@dataclass(frozen=True)
class SignIn:
    """How and when the person was last identified: the method, a hash of the session, the address of the visitor.

    `several` is the SHA-256 of the frozen list that was read, when one gesture signs several documents, and
    `decided_at` the instant of that gesture, which the signatures follow.
    """

    method: str
    at: datetime
    session_sha256: str = ""
    address: str = ""
    several: str = ""
    decided_at: datetime | None = None


def written(
    *,
    document_sha256: str,
    field: str,
    party: str,
    person: str,
    account: int,
    quality: str,
    at: datetime,
    sign_in: SignIn | None,
) -> str:
    """Return the text of the evidence: JSON, keys in order, instants in ISO 8601 with their offset."""
    identified = {"method": "demonstration"} if sign_in is None else _identified(sign_in)
    facts = {
        "account": account,
        "document_sha256": document_sha256,
        "field": field,
        "identified": identified,
        "party": party,
        "person": person,
        "quality": quality,
        "said": SAID,
        "signed_at": at.isoformat(),
    }
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)


def written_of_paper(
    *,
    document_sha256: str,
    scan_sha256: str,
    field: str,
    party: str,
    person: str,
    account: int,
    signed_on: date,
    attested_by: str,
    attested_account: int,
    code: str,
    sign_in: SignIn | None,
    at: datetime,
) -> str:
    """Return the text of what a person attests of a paper: who signed it on which day, and which scan is of it.

    `code` is the one read on its pages, when it was.
    """
    facts = {
        "account": account,
        "attested_account": attested_account,
        "attested_at": at.isoformat(),
        "attested_by": attested_by,
        "code": code,
        "document_sha256": document_sha256,
        "field": field,
        "identified": _identified(sign_in) if sign_in else {"method": "demonstration"},
        "party": party,
        "person": person,
        "said": ATTESTED,
        "scan_sha256": scan_sha256,
        "signed_on": signed_on.isoformat(),
    }
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)


def written_of_answer(
    *, said: str, recording_sha256: str, person: str, account: int, reason: str, sign_in: SignIn | None, at: datetime
) -> str:
    """Return what a person says of a paper recorded, and of which recording: one line of JSON."""
    facts = {
        "account": account,
        "identified": _identified(sign_in) if sign_in else {},
        "person": person,
        "reason": reason,
        "recording_sha256": recording_sha256,
        "said": said,
        "said_at": at.isoformat(),
    }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def written_of_certificate(
    *,
    document_sha256: str,
    field: str,
    party: str,
    person: str,
    account: int,
    certificate_sha256: str,
    qualification: Mapping[str, str],
    at: datetime,
) -> str:
    """Return the text of what was found of a document signed elsewhere: which certificate, what the lists say of it."""
    facts = {
        "account": account,
        "certificate_sha256": certificate_sha256,
        "document_sha256": document_sha256,
        "field": field,
        "party": party,
        "person": person,
        "qualification": dict(qualification),
        "taken_at": at.isoformat(),
    }
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)


def _identified(sign_in: SignIn) -> dict[str, str]:
    facts = {
        "method": sign_in.method,
        "at": sign_in.at.isoformat(),
        "session_sha256": sign_in.session_sha256,
        "address": sign_in.address,
        "list_sha256": sign_in.several,
        "decided_at": sign_in.decided_at.isoformat() if sign_in.decided_at else "",
    }
    return {key: value for key, value in facts.items() if value}
