"""The place of the mairie in its commune, as an inline drawing: nothing is loaded from anyone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from socle.sites.models.sites import WebSite
from socle.territory.models import Outline

WIDTH = 400
MARGIN = 12


@dataclass(frozen=True)
class Drawing:
    """An outline ready for an SVG: integers, and the mairie's point when it is known."""

    width: int
    height: int
    path: str
    point: tuple[int, int] | None
    kilometre: int


def draw(rings: list[list[list[float]]], point: tuple[float, float] | None) -> Drawing | None:
    """Project rings of [longitude, latitude] on a flat picture; None when there is nothing to draw.

    The projection is equirectangular at the commune's latitude: over a few kilometres it distorts less than a pixel.
    """
    points = [(longitude, latitude) for ring in rings for longitude, latitude in ring]
    if len(points) < 3:
        return None
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
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

    parts = []
    for ring in rings:
        steps = [place(longitude, latitude) for longitude, latitude in ring]
        parts.append("M" + "L".join(f"{x} {y}" for x, y in steps) + "Z")
    inside = point is not None and west <= point[0] <= east and south <= point[1] <= north
    return Drawing(
        width=round(span_x * scale) + 2 * MARGIN,
        height=round(span_y * scale) + 2 * MARGIN,
        path="".join(parts),
        point=place(*point) if inside and point is not None else None,
        kilometre=round(scale / 111.32),
    )


def map_of(website: WebSite) -> Drawing | None:
    """Return the drawing of the site's commune, or None when its outline is not known."""
    outline = Outline.objects.filter(commune__beneficiary=website.beneficiary_id).first()
    if outline is None:
        return None
    facts = website.facts
    known = facts.latitude is not None and facts.longitude is not None
    return draw(outline.rings, (facts.longitude, facts.latitude) if known else None)  # type: ignore[arg-type]
