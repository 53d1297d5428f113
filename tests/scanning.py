"""Scans as people make them: a document drawn page by page, signed with a pen, turned, photographed, then a PDF."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable

import pypdfium2
from PIL import Image, ImageDraw

from socle.signing import fields

DPI = 150
Picture = Image.Image


def drawn(pdf: bytes, *, dpi: int = DPI) -> list[Picture]:
    """The pages of a PDF, as pictures in shades of grey."""
    return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(pdf)]


def signed(pdf: bytes, *names: str, dpi: int = DPI) -> list[Picture]:
    """The pages, with a signature drawn by a pen in the frames of these names."""
    pages = drawn(pdf, dpi=dpi)
    for name in names:
        rank, (left, bottom, right, top), _ = fields.box_of(pdf, name)
        page, scale = pages[rank], dpi / 72
        x, y = left * scale, page.height - top * scale
        wide, high = (right - left) * scale, (top - bottom) * scale
        draw, pen = ImageDraw.Draw(page), random.Random(name)
        points = [(x + wide * (0.2 + step / 33), y + high * pen.uniform(0.3, 0.7)) for step in range(20)]
        draw.line(points, fill=70, width=max(2, dpi // 60))
    return pages


def turned(pages: Iterable[Picture], degrees: float) -> list[Picture]:
    return [page.rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC) for page in pages]


def photographed(pages: Iterable[Picture]) -> list[Picture]:
    """On a dark table, aslant, under a light from one side."""
    return [_photographed(page.convert("L")) for page in pages]


def _photographed(page: Picture) -> Picture:
    wide, high = page.size
    around = Image.new("L", (round(wide * 1.3), round(high * 1.3)), 60)
    around.paste(page, (round(wide * 0.15), round(high * 0.15)))
    wide, high = around.size
    slanted = around.transform(
        (wide, high), Image.Transform.QUAD,
        (0, 0, wide * 0.01, high, wide * 0.99, high * 0.985, wide, high * 0.01),
        resample=Image.Resampling.BICUBIC, fillcolor=60,
    ).rotate(7, resample=Image.Resampling.BICUBIC, fillcolor=60)  # fmt: skip
    light = Image.linear_gradient("L").resize(slanted.size).point(lambda shade: 150 + shade * 105 // 255)
    return Image.composite(slanted, Image.new("L", slanted.size, 0), light)


def scan(pages: Iterable[Picture], *, dpi: int = DPI, quality: int = 60) -> bytes:
    """One PDF of these pictures, as a scanner makes it."""
    first, *others = [page.convert("L") for page in pages]
    made = io.BytesIO()
    first.save(made, "PDF", save_all=True, append_images=others, resolution=dpi, quality=quality)
    return made.getvalue()
