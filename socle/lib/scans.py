"""Pages of a scan: the codes read on each, whether each is a picture of paper, and whether a place to sign bears ink.

The bytes are anybody's, and drawing a page runs a language: it is done in a process of its own (`children`). A page may
lie any way round, or be photographed: the codes say where it is. They are printed in two corners of each page, so that
what lies between is found by them; a place to sign counts as found when its printed frame is where it must be, and only
then is it said to bear ink, or none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

from socle.lib.children import be_bounded, read_apart, say
from socle.lib.refusals import Refused

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MOST_BYTES, MOST_PAGES = 40 * 1024 * 1024, 30
# Six pages of a scan take a second and 150 Mio.
_MOST_MEMORY, _MOST_SECONDS = 1024 * 1024 * 1024, 60
_MOST_WAITED = 120
# The longest side of a page once drawn, in pixels: A4 at 200 points an inch; then at 300, where no code was read.
_SIDES = (2400, 3600)
# Of a page, how much must be a picture for it to be a scan, and not text set by a program.
_MOST_OF_A_PAGE = 0.5
# What pdfium calls an object that is a picture (FPDF_PAGEOBJ_IMAGE).
_IMAGE = 3
_TOO_MANY, _LOCKED = "too many", "locked"

TOO_HEAVY = (
    "Le fichier dépasse 40\u00a0Mo\u00a0: numérisez de nouveau en 200 points par pouce, en noir et blanc ou en gris, "
    "puis déposez-le."
)
_SAYS = {
    _TOO_MANY: (
        f"Ce fichier a plus de {MOST_PAGES} pages\u00a0: ne numérisez que la convention et ses annexes, puis "
        "déposez-la de nouveau."
    ),
    _LOCKED: (
        "Ce PDF est protégé par un mot de passe\u00a0: enregistrez-le sans protection, puis déposez-le de nouveau."
    ),
}
_UNREAD = (
    "Les pages de ce fichier n’ont pas pu être lues\u00a0: ouvrez-le pour le vérifier, ou numérisez de nouveau le "
    "papier, puis déposez-le."
)
Point = tuple[float, float]


@dataclass(frozen=True)
class Place:
    """Where a person signs on the printed document: the rank of its page, and its frame in points (PDF)."""

    page: int
    frame: tuple[float, float, float, float]


@dataclass(frozen=True)
class Page:
    """One page of a scan. `has_ink` is None on a page where the place to sign was not found."""

    codes: tuple[str, ...]
    is_scanned: bool
    has_ink: bool | None


def pages_of(scan: bytes, *, printed: bytes, place: Place | None) -> list[Page]:
    """Read the pages of a PDF; raise `Refused` when it is too heavy, too long, locked, or cannot be read in time.

    `printed` is the document whose signed pages these should be, with the `place` to look at. Without one, `has_ink` is
    None everywhere.
    """
    if len(scan) > MOST_BYTES:
        raise Refused(TOO_HEAVY)
    about = {"printed": len(printed), "place": [place.page, *place.frame] if place else None}
    content = json.dumps(about).encode() + b"\n" + printed + scan
    lines = read_apart(__name__, content, seconds=_MOST_SECONDS, most_waited=_MOST_WAITED)
    last = lines[-1] if lines else None
    if last != "read":
        raise Refused(_SAYS.get(last, _UNREAD) if isinstance(last, str) else _UNREAD)
    return [Page(tuple(codes), is_scanned, has_ink) for codes, is_scanned, has_ink in lines[:-1]]


# --- In the process of its own ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Code:
    """A code found on a page: its text, and its corners in pixels, from its own top left, clockwise."""

    text: str
    corners: tuple[Point, ...]


@dataclass(frozen=True)
class Drawn:
    """A page drawn in shades of grey, a byte a pixel."""

    pixels: memoryview
    width: int
    height: int
    codes: tuple[Code, ...]

    def shade(self, point: Point) -> int | None:
        """The shade at a point, None out of the page."""
        x, y = round(point[0]), round(point[1])
        return self.pixels[y * self.width + x] if 0 <= x < self.width and 0 <= y < self.height else None


def _main() -> None:
    """Read on the input what is looked for, the printed document, then the scan; write a line of JSON a page."""
    be_bounded(memory=_MOST_MEMORY)
    import pypdfium2

    about = json.loads(sys.stdin.buffer.readline())
    printed = sys.stdin.buffer.read(about["printed"])
    try:
        scan = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError as error:
        return say(_LOCKED if "password" in str(error).lower() else "unread")
    if len(scan) > MOST_PAGES:
        return say(_TOO_MANY)
    frame = _Frame.of(pypdfium2.PdfDocument(printed), *about["place"]) if about["place"] else None
    for rank in range(len(scan)):
        page = scan[rank]
        drawn = _drawn_until_read(page)
        has_ink = frame.has_ink(drawn) if frame is not None else None
        say((sorted({code.text for code in drawn.codes}), _is_picture(page), has_ink))
        page.close()
    return say("read")


def _drawn_until_read(page: PdfPage) -> Drawn:
    """Draw a page, and again larger when no code is read on it."""
    for side in _SIDES:
        drawn = _draw(page, side / max(page.get_size()))
        if drawn.codes:
            break
    return drawn


def _draw(page: PdfPage, scale: float) -> Drawn:
    import zxingcpp

    bitmap = page.render(scale=scale, grayscale=True)
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = memoryview(bitmap.buffer).cast("B")
    if stride != width:
        pixels = memoryview(b"".join(pixels[row * stride : row * stride + width] for row in range(height)))
    pixels = pixels[: width * height]
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(pixels.cast("B", (height, width)), formats=formats)
    return Drawn(pixels, width, height, tuple(Code(one.text, _corners(one.position)) for one in found))


def _corners(position: Any) -> tuple[Point, ...]:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((float(one.x), float(one.y)) for one in corners)


def _is_picture(page: PdfPage) -> bool:
    """Whether pictures cover most of a page: a scan, whatever words a reader of characters laid under it."""
    width, height = page.get_size()
    covered = 0.0
    for image in page.get_objects(filter=(_IMAGE,)):
        left, bottom, right, top = image.get_bounds()
        across = min(right, max(width, height)) - max(left, 0)
        covered += max(0.0, across) * max(0.0, min(top, max(width, height)) - max(bottom, 0))
    return bool(covered >= _MOST_OF_A_PAGE * width * height)


# A point of the printed page, in millimetres, to one of the drawn page, in pixels.
Placing = Callable[[Point], Point]
_MM = 72 / 25.4


@dataclass(frozen=True)
class _Frame:
    """Frame of a place to sign on the printed page, in millimetres from its top left, and the codes of that page."""

    left: float
    top: float
    right: float
    bottom: float
    codes: tuple[Code, ...]

    @classmethod
    def of(cls, printed: PdfDocument, rank: int, left: float, bottom: float, right: float, top: float) -> _Frame:
        page = printed[rank]
        height = page.get_size()[1]
        scale = _SIDES[0] / max(page.get_size())
        found = _draw(page, scale).codes
        codes = tuple(
            Code(one.text, tuple((x / scale / _MM, y / scale / _MM) for x, y in one.corners)) for one in found
        )
        edges = (left / _MM, (height - top) / _MM, right / _MM, (height - bottom) / _MM)
        return cls(*edges, codes)

    def has_ink(self, drawn: Drawn) -> bool | None:
        """Whether the place bears ink on this page; None when its frame is not found there."""
        for placing in self._placings(drawn.codes):
            # A photograph is never quite flat: the frame is looked for around where the codes say it is.
            for aside, down in sorted(product(range(-6, 7), repeat=2), key=lambda one: one[0] ** 2 + one[1] ** 2):
                if self._is_framed(drawn, placing, aside, down):
                    return self._bears_ink(drawn, placing, aside, down)
        return None

    def _placings(self, found: Sequence[Code]) -> Iterator[Placing]:
        """Each way in which the codes found may be those of the printed page, most of them first."""
        for count in range(min(len(self.codes), len(found), 2), 0, -1):
            for ours, theirs in product(permutations(self.codes, count), permutations(found, count)):
                if [one.text for one in ours] == [one.text for one in theirs]:
                    corners = [corner for one in ours for corner in one.corners]
                    over = [corner for one in theirs for corner in one.corners]
                    yield _turned(corners, over)
                    yield _stretched(corners, over)

    def _is_framed(self, drawn: Drawn, placing: Placing, aside: float, down: float) -> bool:
        """Whether a line is drawn all along the frame: dark within a millimetre of it, and paper beside."""
        sides = (
            [(x, self.top, 0, 1) for x in _steps(self.left, self.right)],
            [(x, self.bottom, 0, 1) for x in _steps(self.left, self.right)],
            [(self.left, y, 1, 0) for y in _steps(self.top, self.bottom)],
            [(self.right, y, 1, 0) for y in _steps(self.top, self.bottom)],
        )
        for side in sides:
            dark = 0
            for missed, (x, y, across, along) in enumerate(side):
                shades = [
                    drawn.shade(placing((x + aside + across * off / 4, y + down + along * off / 4)))
                    for off in range(-5, 6)
                ]
                seen = [shade for shade in shades if shade is not None]
                dark += bool(seen) and min(seen) < 0.75 * max(seen) and max(seen) > 60
                if missed - dark > len(side) * 0.25:
                    return False
        return True

    def _bears_ink(self, drawn: Drawn, placing: Placing, aside: float, down: float) -> bool:
        """Whether something is written within the frame: three square millimetres much darker than the paper around."""
        inset, block, step = 3.0, 5.0, 0.2
        written = 0.0
        x = self.left + inset
        while x < self.right - inset:
            y = self.top + inset
            while y < self.bottom - inset:
                shades = sorted(
                    shade
                    for across, along in product(range(int(block / step)), repeat=2)
                    if x + across * step < self.right - inset
                    and y + along * step < self.bottom - inset
                    and (shade := drawn.shade(placing((x + across * step + aside, y + along * step + down))))
                    is not None
                )
                if shades:
                    paper = shades[int(len(shades) * 0.9)]
                    written += sum(shade < 0.7 * paper for shade in shades) * step * step
                y += block
            x += block
        return written >= 3


def _steps(start: float, end: float) -> list[float]:
    return [start + (end - start) * (rank + 0.5) / 40 for rank in range(40)]


def _turned(ours: list[Point], theirs: list[Point]) -> Placing:
    """Place our points over theirs, moved, turned and enlarged, by least squares: what a scanner does of a page."""
    (mean_x, mean_y), (to_x, to_y) = _centre(ours), _centre(theirs)
    flat = [(x - mean_x, y - mean_y) for x, y in ours]
    over = [(x - to_x, y - to_y) for x, y in theirs]
    whole = sum(x * x + y * y for x, y in flat)
    same = sum(x * u + y * v for (x, y), (u, v) in zip(flat, over, strict=True)) / whole
    turned = sum(x * v - y * u for (x, y), (u, v) in zip(flat, over, strict=True)) / whole

    def place(point: Point) -> Point:
        x, y = point[0] - mean_x, point[1] - mean_y
        return to_x + same * x - turned * y, to_y + turned * x + same * y

    return place


def _stretched(ours: list[Point], theirs: list[Point]) -> Placing:
    """The same, each direction enlarged on its own: what a copier or a lens adds."""
    (mean_x, mean_y), (to_x, to_y) = _centre(ours), _centre(theirs)
    flat = [(x - mean_x, y - mean_y) for x, y in ours]
    over = [(x - to_x, y - to_y) for x, y in theirs]
    xx, yy = sum(x * x for x, _ in flat), sum(y * y for _, y in flat)
    xy = sum(x * y for x, y in flat)
    whole = xx * yy - xy * xy
    rows = []
    for axis in (0, 1):
        along = sum(one[axis] * x for one, (x, _) in zip(over, flat, strict=True))
        down = sum(one[axis] * y for one, (_, y) in zip(over, flat, strict=True))
        rows.append(((along * yy - down * xy) / whole, (down * xx - along * xy) / whole))

    def place(point: Point) -> Point:
        x, y = point[0] - mean_x, point[1] - mean_y
        return to_x + rows[0][0] * x + rows[0][1] * y, to_y + rows[1][0] * x + rows[1][1] * y

    return place


def _centre(points: list[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


if __name__ == "__main__":
    _main()
