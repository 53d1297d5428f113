"""The commune drawn from its outline, alone or among its neighbours, inline: nothing is loaded from anyone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from socle.sites.models.sites import WebSite
from socle.territory.models import Outline, Vintage

WIDTH = 400
MARGIN = 12
# The cover, and the most of it that the commune takes: whatever the screen shows of it, the middle is there.
COVER_WIDTH, COVER_HEIGHT = 1200, 600
OWN_WIDTH, OWN_HEIGHT = 480, 240
# Neighbours are drawn in so many shades.
SHADES = 3

Rings = Sequence[Sequence[Sequence[float]]]
# West, south, east, north.
Box = tuple[float, float, float, float]
Place = Callable[[float, float], tuple[int, int]]


@dataclass(frozen=True)
class Drawing:
    """An outline ready for an SVG: integers, and the mairie's point when it is known."""

    width: int
    height: int
    path: str
    point: tuple[int, int] | None
    # Those around, by shade.
    around: tuple[str, ...] = ()


def _box(rings: Rings) -> Box:
    longitudes, latitudes = zip(*((point[0], point[1]) for ring in rings for point in ring), strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _path(rings: Rings, place: Place) -> str:
    """Write rings as moves from one point to the next: they are short."""
    parts = []
    for ring in rings:
        steps = [place(point[0], point[1]) for point in ring]
        moves = (f"{x - before[0]} {y - before[1]}" for before, (x, y) in pairwise(steps))
        parts.append(f"M{steps[0][0]} {steps[0][1]}l{' '.join(moves)}z")
    return "".join(parts)


def draw(rings: Rings, point: tuple[float, float] | None) -> Drawing | None:
    """Project rings of [longitude, latitude] on a flat picture; None when there is nothing to draw.

    The projection is equirectangular at the commune's latitude: over a few kilometres it distorts less than a pixel.
    """
    if sum(map(len, rings)) < 3:
        return None
    west, south, east, north = _box(rings)
    squeeze = math.cos(math.radians((south + north) / 2))
    span_x, span_y = (east - west) * squeeze, north - south
    if span_x <= 0 or span_y <= 0:
        return None
    scale = (WIDTH - 2 * MARGIN) / max(span_x, span_y)

    def place(longitude: float, latitude: float) -> tuple[int, int]:
        return (
            round((longitude - west) * squeeze * scale + MARGIN),
            round((north - latitude) * scale + MARGIN),
        )

    inside = point is not None and west <= point[0] <= east and south <= point[1] <= north
    return Drawing(
        width=round(span_x * scale) + 2 * MARGIN,
        height=round(span_y * scale) + 2 * MARGIN,
        path=_path(rings, place),
        point=place(*point) if inside and point is not None else None,
    )


def draw_cover(
    rings: Rings, point: tuple[float, float] | None, among: Callable[[Box], Iterable[Rings]]
) -> Drawing | None:
    """Draw a commune in the middle of a wide picture, with those that `among` gives of the box that it shows."""
    alone = draw(rings, point)
    if alone is None:
        return None
    west, south, east, north = _box(rings)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    squeeze = math.cos(math.radians(middle_y))
    scale = min(OWN_WIDTH / ((east - west) * squeeze), OWN_HEIGHT / (north - south))

    def place(longitude: float, latitude: float) -> tuple[int, int]:
        return (
            round((longitude - middle_x) * squeeze * scale + COVER_WIDTH / 2),
            round((middle_y - latitude) * scale + COVER_HEIGHT / 2),
        )

    half_x, half_y = COVER_WIDTH / 2 / scale / squeeze, COVER_HEIGHT / 2 / scale
    seen = list(among((middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)))
    return Drawing(
        width=COVER_WIDTH,
        height=COVER_HEIGHT,
        path=_path(rings, place),
        point=place(*point) if alone.point and point else None,
        around=tuple("".join(_path(one, place) for one in seen[shade::SHADES]) for shade in range(SHADES)),
    )


def map_of(website: WebSite) -> Drawing | None:
    """Return the drawing of the site's commune, or None when its outline is not known."""
    outline = _outline_of(website)
    return draw(outline.rings, _point_of(website)) if outline else None


def cover_of(website: WebSite) -> Drawing | None:
    """Return the site's commune among its neighbours, or None when its outline is not known."""
    outline = _outline_of(website)
    if outline is None:
        return None
    checksum = Vintage.objects.order_by("-year").values_list("checksum", flat=True).first()

    def among(window: Box) -> Iterable[Rings]:
        # What was not loaded from a vintage may change: it is read each time.
        boxes = _boxes(checksum) if checksum else _boxes.__wrapped__("")
        near = [pk for pk, box in boxes if _meet(box, window) and pk != outline.pk]
        return Outline.objects.filter(pk__in=near).order_by("pk").values_list("rings", flat=True)

    return draw_cover(outline.rings, _point_of(website), among)


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@lru_cache(maxsize=2)
def _boxes(checksum: str) -> tuple[tuple[int, Box], ...]:
    """Where each commune of the map is: read once per process, and per loading of the territory."""
    rows = Outline.objects.filter(commune__gone_in=None).values_list("pk", "rings")
    return tuple((pk, _box(rings)) for pk, rings in rows)


def _outline_of(website: WebSite) -> Outline | None:
    # Kept with the commune: the head and the cover of a page are drawn from one reading.
    return getattr(website.beneficiary.commune, "outline", None)


def _point_of(website: WebSite) -> tuple[float, float] | None:
    facts = website.facts
    known = facts.latitude is not None and facts.longitude is not None
    return (facts.longitude, facts.latitude) if known else None  # type: ignore[return-value]
