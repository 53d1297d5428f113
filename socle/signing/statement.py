"""Statements of a seal: whom it was set for, in the bytes that it signs."""

from __future__ import annotations

from dataclasses import dataclass

from pyhanko.pdf_utils import generic

# The key under which a seal's own signature dictionary holds whom it was set for; the signature covers it.
STATEMENT = generic.NameObject("/Socle")


@dataclass(frozen=True)
class Statement:
    """Words of a seal in the bytes it signs: in which field, for which party, by whom, on which evidence (SHA-256)."""

    field: str
    party: str
    person: str
    evidence: str


def stated(signature: generic.DictionaryObject) -> Statement | None:
    """Read the words that a signature's own dictionary states; None for one that states nothing. Believed by nobody."""
    found = signature.get(STATEMENT)
    if not isinstance(found, generic.DictionaryObject):
        return None
    return Statement(**{key: str(found.get(f"/{key.capitalize()}", "")) for key in Statement.__dataclass_fields__})
