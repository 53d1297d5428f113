"""Visible stamp of a signature: a small page drawn by Typst, whose fonts are embedded as PDF/A asks."""

from __future__ import annotations

import binascii
import io
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pyhanko.pdf_utils.content import ImportedPdfPage
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.stamp import StaticStampStyle

from socle.documents import typst

LAYOUT = Path(__file__).with_name("stamp.typ")


@dataclass(frozen=True)
class Stamp:
    """The words of a stamp."""

    name: str
    quality: str
    organisation: str
    place: str
    signed_at: str
    evidence: str
    is_demonstration: bool


class _Page(ImportedPdfPage):
    """A page imported from memory, where pyHanko wants a file."""

    def __init__(self, content: bytes) -> None:
        super().__init__("")  # type: ignore[no-untyped-call]
        self.content = content

    def render(self) -> bytes:
        xobject = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self.content)), page_ix=0)
        name = b"/Import" + binascii.hexlify(uuid.uuid4().bytes)
        self.resources.xobject[name.decode("ascii")] = xobject
        left, bottom, right, top = xobject.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        return name + b" Do"


def style(stamp: Stamp, *, width: float, height: float, at: datetime) -> StaticStampStyle:
    """Return the drawing of a stamp for a box of this size, in points."""
    # Untagged: its marks would belong to no structure tree; the field's own name is what a screen reader says.
    page = typst.render(
        LAYOUT, {**asdict(stamp), "width": width, "height": height}, standards=("a-3b",), is_tagged=False, at=at
    )
    return StaticStampStyle(
        background=_Page(page),
        background_opacity=1.0,
        background_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MIN,
            y_align=AxisAlignment.ALIGN_MIN,
            margins=Margins(0, 0, 0, 0),
            inner_content_scaling=InnerScaling.STRETCH_TO_FIT,
        ),
        border_width=0,
    )
