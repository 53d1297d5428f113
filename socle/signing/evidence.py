"""The evidence of a signature made in the platform: the facts of one gesture, in one text whose hash is signed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

# What the person says by ticking the box, whatever the door.
SAID = "J’ai lu ce document et je le signe."


@dataclass(frozen=True)
class SignIn:
    """How and when the person was last identified: the method, a hash of the session, the address of the visitor.

    `several` is the SHA-256 of the frozen list that was read, when one gesture signs several documents.
    """

    method: str
    at: datetime
    session_sha256: str = ""
    address: str = ""
    several: str = ""


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


def _identified(sign_in: SignIn) -> dict[str, str]:
    facts = {
        "method": sign_in.method,
        "at": sign_in.at.isoformat(),
        "session_sha256": sign_in.session_sha256,
        "address": sign_in.address,
        "list_sha256": sign_in.several,
    }
    return {key: value for key, value in facts.items() if value}
