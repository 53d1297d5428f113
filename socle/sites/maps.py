"""The commune drawn from its outline: its emblem, its cover among its neighbours, and what is drawn over its map.

All of it is inline. The ground under the map is a picture of the site's own (socle.sites.grounds), in Web Mercator
(EPSG:3857), so that any server of maps draws it as we do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.db.models import QuerySet

from socle.sites.models.media import MapPicture
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on
from socle.territory.models import Outline, Vintage

WIDTH = 400
MARGIN = 12
# The cover, and the most of it that the commune takes: whatever the screen shows of it, the middle is there.
COVER_WIDTH, COVER_HEIGHT = 1200, 600
OWN_WIDTH, OWN_HEIGHT = 480, 240
# Neighbours are drawn in so many shades.
SHADES = 3

# The map, in points of its picture; how much of it is left around the commune; the radius of EPSG:3857, in metres.
MAP_WIDTH, MAP_HEIGHT = 800, 600
AROUND = 90
EARTH = 6378137.0
# How wide the streets around a mairie are shown, in metres of the ground: those that one walks from where one parks.
STREETS = 700
# Lengths that a scale may show, in metres: the longest that takes no more of the map than this.
SCALES = (100, 200, 500, 1000, 2000, 5000, 10000)
LONGEST_SCALE = 200

Rings = Sequence[Sequence[Sequence[float]]]
# West, south, east, north.
Box = tuple[float, float, float, float]
Place = Callable[[float, float], tuple[int, int]]


@dataclass(frozen=True)
class Drawing:
    """An outline ready for an SVG: integers, and the mairie's point on a cover, when it is known."""

    width: int
    height: int
    path: str
    point: tuple[int, int] | None = None
    # Those around, by shade.
    around: tuple[str, ...] = ()


def _box(rings: Rings) -> Box:
    longitudes, latitudes = zip(*((point[0], point[1]) for ring in rings for point in ring), strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def path_of(rings: Rings, place: Place) -> str:
    """Write rings as moves from one point to the next: they are short."""
    parts = []
    for ring in rings:
        steps = [place(point[0], point[1]) for point in ring]
        moves = (f"{x - before[0]} {y - before[1]}" for before, (x, y) in pairwise(steps))
        parts.append(f"M{steps[0][0]} {steps[0][1]}l{' '.join(moves)}z")
    return "".join(parts)


def draw(rings: Rings) -> Drawing | None:
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

    return Drawing(
        width=round(span_x * scale) + 2 * MARGIN,
        height=round(span_y * scale) + 2 * MARGIN,
        path=path_of(rings, place),
    )


def draw_cover(
    rings: Rings, point: tuple[float, float] | None, among: Callable[[Box], Iterable[Rings]]
) -> Drawing | None:
    """Draw a commune in the middle of a wide picture, with those that `among` gives of the box that it shows."""
    if draw(rings) is None:
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

    inside = point is not None and west <= point[0] <= east and south <= point[1] <= north
    half_x, half_y = COVER_WIDTH / 2 / scale / squeeze, COVER_HEIGHT / 2 / scale
    seen = list(among((middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)))
    return Drawing(
        width=COVER_WIDTH,
        height=COVER_HEIGHT,
        path=path_of(rings, place),
        point=place(*point) if inside and point else None,
        around=tuple("".join(path_of(one, place) for one in seen[shade::SHADES]) for shade in range(SHADES)),
    )


def emblem_of(website: WebSite) -> Drawing | None:
    """Return the drawing of the site's commune, or None when its outline is not known."""
    outline = _outline_of(website)
    return draw(outline.rings) if outline else None


def cover_of(website: WebSite) -> Drawing | None:
    """Return the site's commune among its neighbours, or None when its outline is not known."""
    outline = _outline_of(website)
    if outline is None:
        return None

    def among(window: Box) -> Iterable[Rings]:
        return outlines_in(window).exclude(pk=outline.pk).values_list("rings", flat=True)

    return draw_cover(outline.rings, _point_of(website), among)


def outlines_in(window: Box) -> QuerySet[Outline]:
    """Return the outlines of the communes of today whose box meets this one, in degrees."""
    checksum = Vintage.objects.order_by("-year").values_list("checksum", flat=True).first()
    # What was not loaded from a vintage may change: it is read each time.
    boxes = _boxes(checksum) if checksum else _boxes.__wrapped__("")
    return Outline.objects.filter(pk__in=[pk for pk, box in boxes if _meet(box, window)]).order_by("pk")


# --- The map ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Map:
    """Drawing over the ground of a map: the border, the mairie when its place is known, the scale.

    There is no border over streets: it is simplified, and would pass some of them on the wrong side.
    """

    path: str
    point: tuple[int, int] | None
    # In points of the map, and in words: « 500 m ».
    scale: int
    scale_words: str
    picture: MapPicture | None
    width: int = MAP_WIDTH
    height: int = MAP_HEIGHT


def map_of(website: WebSite) -> Map | None:
    """Return the map of the site's commune, or None when its outline is not known."""
    depend_on("map")
    outline = _outline_of(website)
    box = box_around(outline.rings) if outline else None
    if outline is None or box is None:
        return None
    return _map(website, box, path_of(outline.rings, place_in(box, MAP_WIDTH, MAP_HEIGHT)), MapPicture.Scale.COMMUNE)


def street_map_of(website: WebSite) -> Map | None:
    """Return the map of the streets around the mairie, or None when nobody drew them: a border alone leads nowhere."""
    depend_on("map")
    box = boxes_of(website)[MapPicture.Scale.STREETS]
    made = _map(website, box, "", MapPicture.Scale.STREETS) if box else None
    return made if made and made.picture else None


def _map(website: WebSite, box: Box, path: str, scale: MapPicture.Scale) -> Map:
    known = _point_of(website)
    x, y = place_in(box, MAP_WIDTH, MAP_HEIGHT)(*known) if known else (-1, -1)
    _, latitude = degrees(box[0], (box[1] + box[3]) / 2)
    # A metre of the projection is less on the ground, the further from the equator.
    per_metre = MAP_WIDTH / ((box[2] - box[0]) * math.cos(math.radians(latitude)))
    metres = max((one for one in SCALES if one * per_metre <= LONGEST_SCALE), default=SCALES[0])
    return Map(
        path=path,
        point=(x, y) if 0 <= x <= MAP_WIDTH and 0 <= y <= MAP_HEIGHT else None,
        scale=round(metres * per_metre),
        scale_words=f"{metres}\u00a0m" if metres < 1000 else f"{metres // 1000}\u00a0km",
        picture=MapPicture.objects.filter(website=website, scale=scale).exclude(file="").first(),
    )


def boxes_of(website: WebSite) -> dict[MapPicture.Scale, Box | None]:
    """Return what each map of a site shows, in metres of EPSG:3857; None where its place is not known.

    A mairie that is said to be far from its commune has no street: they would be those of another place.
    """
    outline, known = _outline_of(website), _point_of(website)
    whole = box_around(outline.rings) if outline else None
    streets = None
    if whole and known:
        x, y = mercator(*known)
        if whole[0] <= x <= whole[2] and whole[1] <= y <= whole[3]:
            half_x = STREETS / 2 / math.cos(math.radians(known[1]))
            half_y = half_x * MAP_HEIGHT / MAP_WIDTH
            streets = x - half_x, y - half_y, x + half_x, y + half_y
    return {MapPicture.Scale.COMMUNE: whole, MapPicture.Scale.STREETS: streets}


def box_around(rings: Rings) -> Box | None:
    """Return a box of the proportions of a map around rings of [longitude, latitude], in metres of EPSG:3857."""
    if draw(rings) is None:
        return None
    west, south, east, north = _box(rings)
    left, bottom = mercator(west, south)
    right, top = mercator(east, north)
    per_point = max((right - left) / (MAP_WIDTH - 2 * AROUND), (top - bottom) / (MAP_HEIGHT - 2 * AROUND))
    half_x, half_y = MAP_WIDTH * per_point / 2, MAP_HEIGHT * per_point / 2
    middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
    return middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Project degrees of WGS 84 to metres of EPSG:3857: x east, y north."""
    return math.radians(longitude) * EARTH, math.asinh(math.tan(math.radians(latitude))) * EARTH


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return the longitude and latitude of a place of EPSG:3857."""
    return math.degrees(x / EARTH), math.degrees(math.atan(math.sinh(y / EARTH)))


def place_in(box: Box, width: int, height: int) -> Place:
    """Return what places a longitude and a latitude on a picture of this box of EPSG:3857."""
    west, _, east, north = box

    def place(longitude: float, latitude: float) -> tuple[int, int]:
        x, y = mercator(longitude, latitude)
        per_metre = width / (east - west)
        return round((x - west) * per_metre), round((north - y) * per_metre)

    return place


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@lru_cache(maxsize=2)
def _boxes(checksum: str) -> tuple[tuple[int, Box], ...]:
    """Where each commune of the map is: read once per process, and per loading of the territory."""
    rows = Outline.objects.filter(commune__gone_in=None).values_list("pk", "rings")
    return tuple((pk, _box(rings)) for pk, rings in rows)


def _outline_of(website: WebSite) -> Outline | None:
    # Kept with the commune: the head and the cover of a page are drawn from one reading.
    commune = website.beneficiary.commune
    own: Outline | None = getattr(commune, "outline", None)
    if own is None and commune is not None and commune.merged_into_id is not None:
        # One that merged has no outline any more: that of the new commune shows where it is.
        own = getattr(commune.heir, "outline", None)
    return own


def _point_of(website: WebSite) -> tuple[float, float] | None:
    facts = website.facts
    known = facts.latitude is not None and facts.longitude is not None
    return (facts.longitude, facts.latitude) if known else None  # type: ignore[return-value]
