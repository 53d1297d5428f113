"""Our reader reads what the library's reads, and fails where it fails."""

from __future__ import annotations

import io

import pytest
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader

from socle.signing.reader import Reader

BODIES = (b"<</Type/Catalog/Pages 2 0 R>> ", b"<</Type/Pages/Kids[]/Count 0>> ", b"[(words) 12 /Name] ")


def written(
    bodies: tuple[bytes, ...] = BODIES,
    *,
    numbers: tuple[int, ...] = (1, 2, 3),
    head: bytes = b"",
    count: int = 0,
    first: int = 0,
    places: tuple[int, ...] = (0, 1, 2),
) -> bytes:
    """A PDF whose three first objects lie in a stream, the fourth; the table of what lies where is the fifth."""
    offsets = [sum(map(len, bodies[:rank])) for rank in range(len(bodies))]
    head = head or b"".join(b"%d %d " % pair for pair in zip(numbers, offsets, strict=True))
    held = head + b"".join(bodies)
    facts = (count or len(bodies), first or len(head), len(held))
    stream = b"4 0 obj<</Type/ObjStm/N %d/First %d/Length %d>>stream\n%s\nendstream endobj\n" % (*facts, held)
    start = b"%PDF-1.7\n" + stream
    rows = [(0, 0, 0), *((2, 4, place) for place in places), (1, 9, 0), (1, len(start), 0)]
    table = b"".join(bytes([kind, value >> 8, value & 255, last]) for kind, value, last in rows)
    facts = b"/Type/XRef/W[1 2 1]/Size 6/Root 1 0 R/Length %d" % len(table)
    return start + b"5 0 obj<<%s>>stream\n%s\nendstream endobj\nstartxref\n%d\n%%%%EOF" % (facts, table, len(start))


def read(reader_of, content: bytes) -> list[str]:
    """What each object is read as, in whatever order they are asked for; or the error."""
    told = []
    for order in ((1, 2, 3, 4), (3, 4, 2, 1)):
        try:
            reader = reader_of(content)
        except Exception as error:
            return [type(error).__name__]
        for number in order:
            try:
                told.append(f"{number}: {reader.get_object(Reference(number, 0, reader))!r}")
            except Exception as error:
                told.append(f"{number}: {type(error).__name__}")
    return told


def library(content: bytes) -> PdfFileReader:
    return PdfFileReader(io.BytesIO(content), strict=True)


HOSTILE = {
    "one of them twice": written(numbers=(1, 3, 3)),
    "one of them twice, and said to be the second": written(
        (*BODIES, b"<<>> "), numbers=(1, 2, 3, 3), places=(0, 1, 3)
    ),
    "in another's place": written(places=(1, 0, 2)),
    "beyond the last": written(places=(0, 1, 7)),
    "what may not lie there": written((*BODIES[:2], b"4 0 R ")),
    "what is no object": written((*BODIES[:2], b">>>> ")),
    "a head too short": written(count=9),
    "a head cut before it ends": written(first=3),
    "a head of something else": written(head=b"1 0 2 30 x 61 "),
}


def test_a_plain_file_is_read_whole_and_its_stream_once(monkeypatch):
    monkeypatch.setattr(PdfFileReader, "_get_object_from_stream", None)  # It is not asked.
    assert [one.partition(": ")[2] for one in read(Reader, written())[:3]] == [
        "{'/Type': '/Catalog', '/Pages': IndirectObject(2, 0)}",
        "{'/Type': '/Pages', '/Kids': [], '/Count': 0}",
        "['words', 12, '/Name']",
    ]


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_in_its_place_is_left_to_the_library(content):
    assert read(Reader, content) == read(library, content)


@pytest.mark.slow
def test_whatever_byte_is_changed_both_read_the_same():
    plain = written()
    assert len(set(read(library, plain))) == 4
    for position in range(9, len(plain)):
        for byte in b"0 >x\x00":
            changed = plain[:position] + bytes([byte]) + plain[position + 1 :]
            assert read(Reader, changed) == read(library, changed), (position, byte)


def test_a_composed_document_is_read_the_same(unsigned):
    ours, theirs = Reader(unsigned), library(unsigned)
    references = theirs.xrefs.explicit_refs_in_revision(0)
    assert len(references) > 40
    for reference in references:
        assert repr(ours.get_object(reference)) == repr(theirs.get_object(reference))
