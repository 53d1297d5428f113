"""The card of a site: what is shown of a page without a picture when its address is sent to someone.

Drawn from the site's own colours, characters, name and coat of arms. Its address sums up all that it shows, so that it
never changes: those who show shared pages keep what they once fetched.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from socle.sites.colours import strong
from socle.sites.maps import map_of
from socle.sites.models.media import CommuneImage
from socle.sites.models.sites import Font, WebSite
from socle.sites.publishing.reads import reads
from socle.sites.themes import FAMILIES

# What those who show a shared page ask for.
WIDTH, HEIGHT = 1200, 630
MARGIN, STRIPE, EMBLEM = 84, 20, 300
LARGEST, SMALLEST, LINES = 108, 44, 3
FONTS = Path(__file__).parent / "static/websites/fonts"
# Another way of drawing is another address.
EDITION = 1
# The outline of a commune, as `maps` writes it: rings of whole numbers.
POINT = re.compile(r"(\d+) (\d+)", re.ASCII)


@dataclass(frozen=True)
class Card:
    """All that a card shows."""

    kind: str
    name: str
    below: str
    colour: str
    second: str
    font: str
    coat: str
    outline: str

    @cached_property
    def mark(self) -> str:
        """What its address says of it."""
        said = json.dumps([EDITION, asdict(self)], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:20]

    @property
    def url(self) -> str:
        return f"/partage/{self.mark}.png"


def card_of(website: WebSite) -> Card:
    """Say what the card of a site shows."""
    from socle.sites.frame import kind_of

    reads("look")
    commune, coat = website.beneficiary.commune, website.coat_of_arms
    name = commune.name if commune else website.beneficiary.name
    drawing = None if coat else map_of(website)
    return Card(
        kind=kind_of(name, is_commune=commune is not None),
        name=name,
        below="Site de démonstration" if settings.DEMO else "Site officiel",
        colour=website.colour,
        second=website.second_colour,
        font=website.font if website.font in FAMILIES else Font.LITERATA,
        coat=str(coat.file.name) if coat else "",
        outline=drawing.path if drawing else "",
    )


def drawn(card: Card, coat: CommuneImage | None) -> bytes:
    """Return the card as a PNG."""
    content = b""
    if coat is not None:
        with coat.file.storage.open(card.coat) as file:
            content = file.read()
    return _drawn(card, content)


@lru_cache(maxsize=16)
def _drawn(card: Card, coat: bytes) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), strong(card.colour))
    brush = ImageDraw.Draw(image)
    brush.rectangle((0, HEIGHT - STRIPE, WIDTH, HEIGHT), strong(card.second) if card.second else "#ffffff")
    room = WIDTH - 2 * MARGIN
    if coat or card.outline:
        room -= EMBLEM + MARGIN // 2
        emblem = _coat(coat) if coat else _outline(card.outline)
        place = WIDTH - MARGIN - EMBLEM, (HEIGHT - STRIPE - EMBLEM) // 2
        image.paste(emblem, place, emblem)
    small = _font(card.font, 44, 400)
    large, lines = _fitted(card.name, card.font, room)
    step = round(large.size * 1.12)
    height = (64 if card.kind else 0) + step * len(lines) + 80
    top = (HEIGHT - STRIPE - height) // 2
    if card.kind:
        brush.text((MARGIN, top), card.kind, "#ffffff", small)
        top += 64
    for line in lines:
        brush.text((MARGIN, top), line, "#ffffff", large)
        top += step
    brush.text((MARGIN, top + 32), card.below, "#ffffff", small)
    made = io.BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


def _font(family: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONTS / FAMILIES[family].file, size)
    font.set_variation_by_axes([weight])
    return font


def _fitted(name: str, family: str, room: int) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Write a name as large as it holds, on few lines; cut where people cut it, at a space or after a hyphen."""
    parts = re.findall(r"[^\s-]+-*|-+", name) or [name]
    spaced = [" " if name[at : at + 1].isspace() else "" for at in _ends(name, parts)]
    for size in range(LARGEST, SMALLEST - 1, -4):
        font = _font(family, size, 700)
        lines = [""]
        for part, space in zip(parts, spaced, strict=True):
            if lines[-1] and font.getlength(lines[-1] + part) > room:
                lines.append("")
            lines[-1] += part + space
        lines = [line.strip() for line in lines]
        if len(lines) <= LINES and all(font.getlength(line) <= room for line in lines):
            return font, lines
    # A name such as no place has: its beginning.
    shortened = lines[:LINES]
    while font.getlength(shortened[0]) > room:
        shortened[0] = shortened[0][:-2].rstrip() + "…"
    return font, [line for line in shortened if font.getlength(line) <= room]


def _ends(name: str, parts: list[str]) -> list[int]:
    """Return where each part of a name ends in it."""
    ends, at = [], 0
    for part in parts:
        at = name.index(part, at) + len(part)
        ends.append(at)
    return ends


def _coat(content: bytes) -> Image.Image:
    """The coat of arms on a white tile: its own colours are not ours."""
    with Image.open(io.BytesIO(content)) as opened:
        coat = opened.convert("RGBA")
    coat.thumbnail((EMBLEM - 56, EMBLEM - 56))
    tile = Image.new("RGBA", (EMBLEM, EMBLEM), (0, 0, 0, 0))
    ImageDraw.Draw(tile).rounded_rectangle((0, 0, EMBLEM - 1, EMBLEM - 1), 36, "#ffffff")
    tile.alpha_composite(coat, ((EMBLEM - coat.width) // 2, (EMBLEM - coat.height) // 2))
    return tile


def _outline(path: str) -> Image.Image:
    """The outline of the commune in white, drawn larger and made smaller so that its edge is smooth."""
    rings = [[(int(x), int(y)) for x, y in POINT.findall(ring)] for ring in path.split("M") if ring]
    width, height = max(x for ring in rings for x, _ in ring), max(y for ring in rings for _, y in ring)
    scale = 3 * EMBLEM / max(width, height, 1)
    large = Image.new("L", (3 * EMBLEM, 3 * EMBLEM), 0)
    brush = ImageDraw.Draw(large)
    left, top = (3 * EMBLEM - width * scale) / 2, (3 * EMBLEM - height * scale) / 2
    for ring in rings:
        if len(ring) > 2:
            brush.polygon([(left + x * scale, top + y * scale) for x, y in ring], fill=255)
    white = Image.new("RGBA", (EMBLEM, EMBLEM), "#ffffff")
    white.putalpha(large.resize((EMBLEM, EMBLEM), Image.Resampling.LANCZOS))
    return white
