"""Prints of a document and their scans: the code that names a print, and what is read on the pages of a scan."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from socle.documents import actions as documents
from socle.lib import scans
from socle.signing import fields
from socle.signing.models import Slot

# Capitals and figures only, which make the smallest code: the number, then what this print says, hashed.
_CODE = re.compile(r"SOCLE:([^:\s]{1,40}):([0-9A-F]{16})")


def code_of(number: str, said: bytes) -> str:
    """Return the code of the print that says this of the document of this number."""
    return f"SOCLE:{number}:{hashlib.sha256(said).hexdigest()[:16].upper()}"


def number_of(code: str) -> str:
    """Return the number of the document that a code names."""
    found = _CODE.fullmatch(code)
    return found[1] if found else ""


@dataclass(frozen=True)
class Scan:
    """A scan that was read: its bytes, its pages, and how many the print has."""

    content: bytes
    pages: tuple[scans.Page, ...]
    printed_pages: int

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def codes(self) -> frozenset[str]:
        """The codes of prints on its pages: a stamp or a letterhead may bear others."""
        return frozenset(code for page in self.pages for code in page.codes if _CODE.fullmatch(code))

    def shows(self, code: str) -> bool:
        """Whether it shows the whole print of this code, on as many pages, and ink in the place looked at."""
        coded = sum(code in page.codes for page in self.pages)
        return bool(code) and coded >= self.printed_pages and any(page.has_ink for page in self.pages)


def read(slot: Slot, content: bytes) -> Scan:
    """Read the scan of what was printed for this place; outside of any transaction, it may take a minute.

    Raises `Refused`, with its remedy, when the file is too heavy or too long, is locked, or cannot be read.
    """
    printed = documents.read(slot.round.original)
    page, frame, count = fields.box_of(printed, slot.field_name)
    # A print of before has no code: nothing says where its places are on a scan.
    place = scans.Place(page, frame) if slot.round.code else None
    return Scan(content, tuple(scans.pages_of(content, printed=printed, place=place)), count)
