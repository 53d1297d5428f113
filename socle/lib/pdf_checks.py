"""A PDF from anywhere, looked at before it is kept: whole or damaged, locked, acting on who opens it, tagged or not.

It is read in a process of its own, within bounds (`children`): what reads it is a program in C, given bytes of anybody.
"""

from __future__ import annotations

import hashlib
import io
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import pikepdf

from socle.lib.children import be_bounded, read_apart, say

# A page takes 90 Mio and a fifth of a second; 200,000 objects, 250 Mio and four seconds.
_MOST_MEMORY, _MOST_SECONDS = 640 * 1024 * 1024, 15
_MOST_WAITED = 60
# What a stream may unfold to: a bomb of 20 Mo would otherwise fill the memory. Ours stay a hundred times below.
_MOST_UNFOLDED = 96 * 1024 * 1024
_MOST_OBJECTS = 200_000
# Of the library, so of the whole process: whoever joins files that were looked at is held too.
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=_MOST_UNFOLDED,
    png_max_memory=_MOST_UNFOLDED,
    tiff_max_memory=_MOST_UNFOLDED,
    run_length_max_memory=_MOST_UNFOLDED,
)
# What makes a PDF act on whoever opens it. An act is read, it does nothing.
_ACTIVE_NAMES = ("/JavaScript", "/JS", "/Launch", "/ImportData", "/SubmitForm", "/RichMedia", "/GoToE")
_ACTIVE_KEYS = ("/JS", "/XFA")


class Fault(StrEnum):
    """Why a PDF is not taken."""

    LOCKED = "locked"
    EMPTY = "empty"
    ACTIVE = "active"
    DAMAGED = "damaged"
    COSTLY = "costly"


@dataclass(frozen=True)
class Check:
    """A PDF as it was seen: its fault or None; whether it has a structure that a screen reader follows."""

    fault: Fault | None
    is_tagged: bool = False


# A form and its action look at the same bytes; so does a form sent again for another field.
_MOST_REMEMBERED = 256
_remembered: OrderedDict[tuple[bytes, bool], Check] = OrderedDict()
_remembering = threading.Lock()


def check(pdf: bytes, *, may_repair: bool) -> Check:
    """Look at a PDF apart; with `may_repair`, a table of contents that readers mend by themselves is no fault.

    Raises `Refused` when too many files are being read.
    """
    key = hashlib.sha256(pdf).digest(), may_repair
    with _remembering:
        if known := _remembered.get(key):
            return known
    lines = read_apart(__name__, bytes([may_repair]) + pdf, seconds=_MOST_SECONDS, most_waited=_MOST_WAITED)
    if not lines:
        return Check(Fault.COSTLY)
    found = Check(lines[0]["fault"] and Fault(lines[0]["fault"]), lines[0]["is_tagged"])
    with _remembering:
        _remembered[key] = found
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return found


# --- In the process of its own ---------------------------------------------------------------------------------------
def examine(content: bytes, *, may_repair: bool) -> Check:
    """Look at a PDF in this very process; whatever its bytes make the reader do is a fault, never a failure."""
    is_tagged = False
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=may_repair) as pdf:
            marks = pdf.Root.get("/MarkInfo")
            is_marked = isinstance(marks, pikepdf.Dictionary) and bool(marks.get("/Marked"))
            is_tagged = is_marked and "/StructTreeRoot" in pdf.Root
            if not len(pdf.pages):
                return Check(Fault.EMPTY, is_tagged)
            if len(pdf.objects) > _MOST_OBJECTS or any(_is_active(thing) for thing in _things(pdf)):
                return Check(Fault.ACTIVE, is_tagged)
    except pikepdf.PasswordError:
        return Check(Fault.LOCKED)
    except Exception:  # Bytes from anywhere.
        return Check(Fault.DAMAGED, is_tagged)
    return Check(None, is_tagged)


def _things(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary of the file, those inside others included, without recursion."""
    waiting = [*pdf.objects, pdf.Root]
    seen = 0
    while waiting:
        thing = waiting.pop()
        seen += 1
        if seen > 5 * _MOST_OBJECTS:
            raise ValueError("too many objects")
        if isinstance(thing, pikepdf.Array):
            waiting += _direct(thing.as_list())
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            waiting += _direct(value for _, value in thing.items())


def _direct(values: Iterable[Any]) -> list[pikepdf.Object]:
    """Those that are part of the object; the others are objects of their own, and are met there."""
    kinds = (pikepdf.Array, pikepdf.Dictionary)
    return [value for value in values if isinstance(value, kinds) and not value.is_indirect]


def _is_active(thing: pikepdf.Object) -> bool:
    if any(key in thing for key in _ACTIVE_KEYS):
        return True
    return any(
        str(thing[key]) in _ACTIVE_NAMES for key in ("/S", "/Subtype") if isinstance(thing.get(key), pikepdf.Name)
    )


def _main() -> None:
    """Look at the PDF on the input, after one byte that says whether it may be mended; write what was seen."""
    be_bounded(memory=_MOST_MEMORY)
    whole = sys.stdin.buffer.read()
    say(asdict(examine(whole[1:], may_repair=bool(whole[0]))))


if __name__ == "__main__":
    _main()
