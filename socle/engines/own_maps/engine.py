"""Draws the communes of a box as an SVG of its own: borders, the mairie of each, its name where there is room."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from socle.sites.contract import Picture
from socle.sites.maps import Box, Place, degrees, outlines_in, path_of, place_in
from socle.territory.models import Outline, TownHall, Vintage

CREDIT = "dessiné par la plateforme d’après les contours de l’IGN (ADMIN EXPRESS) et l’annuaire de la DILA"
LICENCE = "Licence Ouverte 2.0"
# Another drawing, another number: the pictures are then made anew.
VERSION = 2
# Names, in points of a picture that a page shows at half its size or less; how wide a letter is, of a height of one.
SIZE, WIDE, EDGE = 32, 0.56, 14
# Between two places where a name without a mairie is tried.
STEP = 20
STYLE = (
    ".o{fill:#e7e4d9}.c{fill:#f8f5ea;stroke:#b4a888;stroke-width:2.5;stroke-linejoin:round}"
    ".m{fill:#6f6347}text{font:500 32px system-ui,sans-serif;fill:#4a4230;stroke:#f8f5ea;stroke-width:6;"
    "paint-order:stroke;stroke-linejoin:round}.n{font-style:italic;fill:#6f6347}"
    "@media (prefers-color-scheme:dark){.o{fill:#22231f}.c{fill:#2d2f29;stroke:#79735f}.m{fill:#b9b19a}"
    "text{fill:#ddd6c2;stroke:#2d2f29}.n{fill:#b9b19a}}"
)

Rectangle = tuple[float, float, float, float]
Segment = tuple[int, int, int, int]


class OwnMap:
    """The platform's own drawing: always there, and the twin of whoever gives a finer one. It ships no street."""

    draws_streets = False

    def source(self) -> str:
        checksum = Vintage.objects.order_by("-year").values_list("checksum", flat=True).first()
        return f"own {VERSION} {checksum}"

    def picture(self, box: Box, width: int, height: int) -> Picture:
        place = place_in(box, width, height)
        west, south = degrees(box[0], box[1])
        east, north = degrees(box[2], box[3])
        found = list(outlines_in((west, south, east, north)).select_related("commune__town_hall"))
        borders = "".join(path_of(outline.rings, place) for outline in found)
        segments = _segments(found, place, width, height)
        marks = "".join(_marks(_places(found, place, width, height), segments, width, height))
        drawing = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
            f"<style>{STYLE}</style>"
            f'<rect class="o" width="{width}" height="{height}"/><path class="c" d="{borders}"/>{marks}</svg>'
        )
        return Picture(drawing.encode(), "image/svg+xml", CREDIT, LICENCE)


@dataclass(frozen=True)
class _Named:
    """A commune to be named: at its mairie, or in the middle of what is seen of it."""

    name: str
    x: int
    y: int
    is_at_mairie: bool


def _places(found: list[Outline], place: Place, width: int, height: int) -> list[_Named]:
    """Return where each commune is to be named, from the middle of the picture outwards."""
    seen = []
    for outline in found:
        name = outline.commune.name
        hall: TownHall | None = getattr(outline.commune, "town_hall", None)
        if hall is not None and hall.latitude is not None and hall.longitude is not None:
            x, y = place(hall.longitude, hall.latitude)
            if 0 < x < width and 0 < y < height:
                seen.append(_Named(name, x, y, is_at_mairie=True))
                continue
        rings = [[place(point[0], point[1]) for point in ring] for ring in outline.rings]
        half = round(len(name) * SIZE * WIDE / 2) + EDGE
        spots = itertools.product(range(half, width - half, STEP), range(2 * EDGE, height - 2 * EDGE, STEP))
        depth, x, y = max(((_depth(x, y, rings), x, y) for x, y in spots), default=(0.0, 0, 0))
        if depth > SIZE:
            seen.append(_Named(name, x, y, is_at_mairie=False))
    return sorted(seen, key=lambda one: (math.hypot(one.x - width / 2, one.y - height / 2), one.name))


def _depth(x: int, y: int, rings: list[list[tuple[int, int]]]) -> float:
    """Return how far within its rings a point is, 0 outside."""
    is_within, nearest = False, math.inf
    for (x1, y1), (x2, y2) in (edge for ring in rings for edge in itertools.pairwise(ring)):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            is_within = not is_within
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        along = max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length)) if length else 0.0
        nearest = min(nearest, math.hypot(x1 + along * (x2 - x1) - x, y1 + along * (y2 - y1) - y))
    return nearest if is_within else 0.0


def _segments(found: list[Outline], place: Place, width: int, height: int) -> list[Segment]:
    """Return the borders that the picture shows, cut into straight lines, each once."""
    seen: set[Segment] = set()
    for outline in found:
        for ring in outline.rings:
            points = (place(point[0], point[1]) for point in ring)
            for one, other in itertools.pairwise(points):
                (x1, y1), (x2, y2) = sorted((one, other))
                if x2 >= 0 and x1 <= width and max(y1, y2) >= 0 and min(y1, y2) <= height:
                    seen.add((x1, y1, x2, y2))
    return sorted(seen)


def _crossed(here: Rectangle, segments: list[Segment]) -> int:
    """Count the borders that pass through a rectangle."""
    left, top, right, bottom = here
    count = 0
    for x1, y1, x2, y2 in segments:
        if x2 < left or x1 > right or max(y1, y2) < top or min(y1, y2) > bottom:
            continue
        # On which side of the line each corner is: it passes between two that differ.
        sides = {(x2 - x1) * (y - y1) > (y2 - y1) * (x - x1) for x in (left, right) for y in (top, bottom)}
        count += len(sides) == 2
    return count


def _marks(places: list[_Named], segments: list[Segment], width: int, height: int) -> Iterator[str]:
    """Draw the mairies, and each name where it hides nothing: beside its mairie, or where it is to be.

    The page draws the outline of its commune over the picture: of the places where a name fits, it takes the one that
    the fewest borders cross, and a name that is at no mairie is left out where one does.
    """
    halls = [one for one in places if one.is_at_mairie]
    taken: list[Rectangle] = [(one.x - 14, one.y - 14, one.x + 14, one.y + 14) for one in halls]
    # Where the page writes the scale.
    taken.append((0, height - 80, 240, height))
    for one in halls:
        yield f'<circle class="m" cx="{one.x}" cy="{one.y}" r="6"/>'
    for one in places:
        x, y, long = one.x, one.y, len(one.name) * SIZE * WIDE
        centre = x - long / 2
        above, below = y - 20, y + 46
        beside = (
            *((x + 20, y + 11), (x - 20 - long, y + 11), (centre, above), (centre, below)),
            *((x - 12, above), (x + 12 - long, above), (x - 12, below), (x + 12 - long, below)),
        )
        tried: list[tuple[int, int, float, float, Rectangle]] = []
        for left, base in beside if one.is_at_mairie else ((centre, y + 11),):
            here: Rectangle = (left - 4, base - SIZE, left + long + 4, base + 6)
            fits = here[0] >= EDGE and here[1] >= EDGE and here[2] <= width - EDGE and here[3] <= height - EDGE
            if fits and not any(_meet(here, other) for other in taken):
                tried.append((_crossed(here, segments), len(tried), left, base, here))
        if tried and (one.is_at_mairie or tried[0][0] == 0):
            _, _, at_left, at_base, there = min(tried)
            taken.append(there)
            kind = "" if one.is_at_mairie else ' class="n"'
            yield f'<text{kind} x="{round(at_left)}" y="{round(at_base)}">{html.escape(one.name)}</text>'


def _meet(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
