"""Pages of a scan: any way round, photographed, and what is refused; read in a process of its own."""

from __future__ import annotations

import io
import zlib

import pikepdf
import pytest

from socle.documents import typst
from socle.lib import codes, scans
from socle.lib.refusals import Refused
from socle.signing import fields
from tests import scanning
from tests.documents.test_uploads import pdf
from tests.lib.test_invoices import with_stream

pytestmark = pytest.mark.slow
CODE = "SOCLE:PMC-2026-0001:0123456789ABCDEF"
LAYOUT = """
#set document(title: "Essai", author: "Socle", date: datetime(year: 2026, month: 11, day: 25))
#let code = image(bytes(json(bytes(sys.inputs.data)).code), format: "svg", width: 1.5cm)
#set page(paper: "a4", margin: 2.4cm, background: {
  place(top + left, dx: 0.6cm, dy: 0.6cm, code)
  place(bottom + right, dx: -0.6cm, dy: -0.6cm, code)
})
#set text(lang: "fr")
= Essai
#lorem(150)
#pagebreak()
#lorem(60)
#v(4cm)
#let frame(name) = block(width: 100%, height: 3.5cm, stroke: 0.7pt,
  link("socle-field:" + name, box(width: 100%, height: 3.5cm)))
#grid(columns: (1fr, 1fr), column-gutter: 9pt, frame("one"), frame("two"))
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> bytes:
    layout = tmp_path_factory.mktemp("layout") / "two_pages.typ"
    layout.write_text(LAYOUT)
    return fields.place(typst.render(layout, {"code": codes.drawn(CODE)}), fields={"one": "Une", "two": "Deux"})


def read(content: bytes, printed: bytes, field: str = "one") -> list[scans.Page]:
    page, frame, _ = fields.box_of(printed, field)
    return scans.pages_of(content, printed=printed, place=scans.Place(page, frame))


# What a scanner, a hand and a telephone do of the pages.
LIES = {
    "straight": lambda pages: pages,
    "upside down": lambda pages: scanning.turned(pages, 180),
    "sideways": lambda pages: scanning.turned(pages, 90),
    "askew": lambda pages: scanning.turned(pages, -4),
    "photographed": scanning.photographed,
}


@pytest.mark.parametrize("lies", LIES)
def test_whichever_way_the_pages_lie_the_code_and_the_ink_are_read(printed, lies):
    pages = read(scanning.scan(LIES[lies](scanning.signed(printed, "one"))), printed)
    assert pages == [scans.Page((CODE,), True, None), scans.Page((CODE,), True, True)]
    blank = read(scanning.scan(LIES[lies](scanning.signed(printed, "two"))), printed)
    assert [page.has_ink for page in blank] == [None, False]


def test_a_poor_scan_is_read_and_one_without_corners_is_not_judged(printed):
    poor = scanning.scan(scanning.signed(printed, "one", dpi=100), dpi=100, quality=25)
    assert [page.has_ink for page in read(poor, printed)] == [None, True]
    bare = [page.crop((150, 150, page.width - 150, page.height - 150)) for page in scanning.signed(printed, "one")]
    assert read(scanning.scan(bare), printed) == [scans.Page((), True, None)] * 2
    # One corner under a staple: the other is enough.
    stapled = scanning.signed(printed, "one")
    for page in stapled:
        page.paste(255, (0, 0, 150, 150))
    assert read(scanning.scan(stapled), printed) == [scans.Page((CODE,), True, None), scans.Page((CODE,), True, True)]


def test_text_that_a_program_set_is_no_scan(printed):
    assert [page.is_scanned for page in read(printed, printed)] == [False, False]


def test_a_print_without_code_says_nothing_of_ink(printed):
    pages = scans.pages_of(scanning.scan(scanning.drawn(printed)), printed=printed, place=None)
    assert [page.has_ink for page in pages] == [None, None]


def many(count: int) -> bytes:
    return pdf(lambda made: [made.add_blank_page() for _ in range(count - 1)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b" " * (scans.MOST_BYTES + 1), "dépasse 40 Mo"),
        (lambda: many(31), "plus de 30 pages"),
        (lambda: pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "mot de passe"),
        (lambda: b"%PDF-1.7\nnothing", "n’ont pas pu être lues"),
        (lambda: b"", "n’ont pas pu être lues"),
    ],
    ids=["heavy", "long", "locked", "broken", "empty"],
)
def test_what_cannot_be_read_is_refused_with_its_remedy(printed, content, words):
    with pytest.raises(Refused) as refused:
        read(content(), printed)
    assert words in refused.value.sentence.replace("\u00a0", " ")


def test_thirty_pages_are_read(printed):
    assert len(scans.pages_of(many(30), printed=printed, place=None)) == 30


def test_pages_that_have_no_end_stop_at_the_bound(printed, monkeypatch):
    monkeypatch.setattr(scans, "_MOST_SECONDS", 1)
    drawing = b"q 1 0 0 1 0 0 cm " + b"0 0 600 800 re 10 10 580 780 re f* " * 400_000 + b"Q"
    content = with_stream(zlib.compress(drawing), filters=1, pages_of_it=25)
    with pytest.raises(Refused, match="n’ont pas pu être lues"):
        scans.pages_of(content, printed=printed, place=None)


def test_a_picture_that_says_it_is_immense_is_a_page_without_code(printed):
    """A picture of a hundred thousand pixels a side, in a few bytes."""
    made = pikepdf.new()
    page = made.add_blank_page()
    picture = pikepdf.Stream(made, b"\x00")
    for key, value in (
        ("/Type", pikepdf.Name.XObject), ("/Subtype", pikepdf.Name.Image), ("/Width", 100_000), ("/Height", 100_000),
        ("/ColorSpace", pikepdf.Name.DeviceRGB), ("/BitsPerComponent", 8),
    ):  # fmt: skip
        picture[key] = value
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=made.make_indirect(picture)))
    page.Contents = pikepdf.Stream(made, b"q 600 0 0 800 0 0 cm /P Do Q")
    content = io.BytesIO()
    made.save(content)
    pages = scans.pages_of(content.getvalue(), printed=printed, place=None)
    assert [page.codes for page in pages] == [()]


def test_it_is_read_in_a_process_of_its_own_within_its_bounds(printed, monkeypatch):
    seen = []
    read = lambda module, content, **bounds: seen.append((module, bounds)) or ["read"]  # noqa: E731
    monkeypatch.setattr(scans, "read_apart", read)
    assert scans.pages_of(b"%PDF-", printed=printed, place=None) == []
    assert seen == [("socle.lib.scans", {"seconds": 60, "most_waited": 120})]
