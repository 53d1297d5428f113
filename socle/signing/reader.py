"""Reading a PDF whose objects lie by hundreds in streams, each stream once."""

from __future__ import annotations

import io
from contextlib import suppress

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DEFAULT_PURPOSE_LIMITS, DecodeLimits, DecodePurpose, StreamDecodeLimits
from pyhanko.pdf_utils.misc import read_non_whitespace
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import ObjStreamRef

# What a table of objects may unfold to: a quarter of a million of them, more than a file from outside may hold.
_TABLE = StreamDecodeLimits(max_output_size=2 * 1024 * 1024)
LIMITS = DecodeLimits(per_purpose={**DEFAULT_PURPOSE_LIMITS, DecodePurpose.XREF_STREAM: _TABLE})


class Reader(PdfFileReader):
    """The library's strict reader, which finds each object of a stream by reading the head of that stream again.

    Here an object brings those beside it. Only what it would read itself is kept so: whatever is not plainly in its
    place is left to it, and to its errors.
    """

    def __init__(self, content: bytes) -> None:
        self._opened: set[int] = set()
        super().__init__(io.BytesIO(content), strict=True, decode_limits=LIMITS)

    def cache_get_indirect_object(self, generation: int, idnum: int) -> generic.PdfObject | None:
        """Return the object as it was read, or as its stream is read now; None for the library to read it."""
        kept: generic.PdfObject | None = super().cache_get_indirect_object(generation, idnum)  # type: ignore[no-untyped-call]
        if kept is None:
            place = self.xrefs[generic.Reference(idnum, generation, self)]
            if isinstance(place, ObjStreamRef) and place.obj_stream_id not in self._opened:
                self._opened.add(place.obj_stream_id)
                with suppress(Exception):  # Bytes from anywhere: the library says what is wrong, if it reads them.
                    self._keep_those_of(place.obj_stream_id)
                kept = super().cache_get_indirect_object(generation, idnum)  # type: ignore[no-untyped-call]
        return kept

    def _keep_those_of(self, number: int) -> None:
        stream = self.get_object(generic.Reference(number, 0, self))  # type: ignore[no-untyped-call]
        if not isinstance(stream, generic.StreamObject) or stream["/Type"] != "/ObjStm":
            return
        data = io.BytesIO(stream.read_data(DecodePurpose.OBJECT_STREAM))
        found: dict[int, tuple[int, int]] = {}
        for rank in range(stream["/N"]):
            idnum, offset = _number(data), _number(data)
            found.setdefault(idnum, (rank, offset))
        for idnum, (rank, offset) in found.items():
            reference = generic.Reference(idnum, 0, self)
            if self.xrefs[reference] != ObjStreamRef(number, rank):
                continue  # A later version of the file has another.
            data.seek(stream["/First"] + offset)
            read = generic.read_object(data, reference)
            if not isinstance(read, (generic.StreamObject, generic.IndirectObject)):
                self.cache_indirect_object(0, idnum, read)  # type: ignore[no-untyped-call]


def _number(data: io.BytesIO) -> int:
    read_non_whitespace(data, seek_back=True)
    number: int = generic.NumberObject.read_from_stream(data)
    read_non_whitespace(data, seek_back=True)
    return number
