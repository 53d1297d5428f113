"""The outlines of the communes, and whether a point is within."""

from __future__ import annotations

import gzip
import json
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

# Five decimals of a degree are about a metre: the source's own vertices stay distinct, so neighbours still touch.
OUTLINE_DECIMALS = 5
POINT_DECIMALS = 5


def rings_of(wkb_hex: str) -> list[list[list[float]]]:
    """Read a WKB polygon or multipolygon (hexadecimal): its rings of [longitude, latitude], rounded, closed."""
    reader = _Wkb(bytes.fromhex(wkb_hex))
    return [_rounded(ring) for ring in reader.rings()]


def point_of(wkb_hex: str) -> tuple[float, float] | None:
    """Read a WKB point: (latitude, longitude), rounded; None when there is none."""
    if wkb_hex in ("", "\\N"):
        return None
    longitude, latitude = _Wkb(bytes.fromhex(wkb_hex)).point()
    return round(latitude, POINT_DECIMALS), round(longitude, POINT_DECIMALS)


def rings_of_geojson(file: Path) -> dict[str, list[list[list[float]]]]:
    """Read the outlines of a GeoJSON of communes, compressed or not, by their INSEE code: rings as of `rings_of`."""
    content = file.read_bytes()
    told = json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)
    found = {}
    for feature in told["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        found[feature["properties"]["code"]] = [_rounded(ring) for part in parts for ring in part]
    return found


def _rounded(ring: Iterable[tuple[float, float]]) -> list[list[float]]:
    points: list[list[float]] = []
    for x, y in ring:
        point = [round(x, OUTLINE_DECIMALS), round(y, OUTLINE_DECIMALS)]
        if not points or points[-1] != point:
            points.append(point)
    return points


class _Wkb:
    """The little of the OGC's Well-Known Binary that a commune's outline needs."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.order = data, 0, "<"

    def _take(self, shape: str) -> tuple[Any, ...]:
        values = struct.unpack_from(self.order + shape, self.data, self.at)
        self.at += struct.calcsize(self.order + shape)
        return values

    def _kind(self) -> int:
        self.order = "<" if self._take("B")[0] == 1 else ">"
        kind: int = self._take("I")[0]
        if kind & 0x20000000:  # an EWKB carries its reference system: skipped, everything here is WGS 84
            self._take("I")
        return kind & 0xFFFF

    def point(self) -> tuple[float, float]:
        if self._kind() != 1:
            raise ValueError("a point was expected")
        x, y = self._take("dd")
        return x, y

    def rings(self) -> Iterator[list[tuple[float, float]]]:
        kind = self._kind()
        if kind == 6:
            for _ in range(self._take("I")[0]):
                yield from self.rings()
        elif kind == 3:
            for _ in range(self._take("I")[0]):
                count = self._take("I")[0]
                flat = self._take(f"{2 * count}d")
                yield list(zip(flat[::2], flat[1::2], strict=True))
        else:
            raise ValueError("a polygon was expected")


Edge = tuple[tuple[float, float], tuple[float, float]]
KM_PER_DEGREE = 111.2


def edges_of(rings: Iterable[Sequence[Sequence[float]]]) -> set[Edge]:
    return {((a[0], a[1]), (b[0], b[1])) for ring in rings for a, b in pairwise(ring)}


def border(edges: set[Edge]) -> set[Edge]:
    """Take away the edges two neighbours share, each running its own way: what remains surrounds them all."""
    return {edge for edge in edges if (edge[1], edge[0]) not in edges}


def closed(edges: set[Edge]) -> list[list[list[float]]]:
    """Chain edges into closed rings; raise ValueError when they do not close."""
    following: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for start, end in sorted(edges, reverse=True):
        following.setdefault(start, []).append(end)
    rings = []
    for start in sorted(following):
        while following[start]:
            ring = [start]
            while len(ring) == 1 or ring[-1] != start:
                if not following.get(ring[-1]):
                    raise ValueError("an outline does not close")
                ring.append(following[ring[-1]].pop())
            rings.append([list(point) for point in ring])
    return rings


def square_km(ring: Sequence[Sequence[float]]) -> float:
    """Return the area of a ring, negative when it runs clockwise as the source's do."""
    flat = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2
    return flat * KM_PER_DEGREE**2 * math.cos(math.radians(ring[0][1]))


def fill_gaps(outlines: dict[str, list[Any]], incomplete: set[str]) -> dict[str, float]:
    """Give each hole of the map to the commune that lacks a part of itself; return the area given, by code.

    The source draws a commune that has just merged by its seat alone and leaves the other parts without outline:
    the neighbours surround a hole, and the only commune beside it known to lack a part is the one that has it.
    """
    given: dict[str, float] = {}
    around = border({edge for rings in outlines.values() for edge in edges_of(rings)})
    rings = closed({(end, start) for start, end in around})
    for gap in rings:
        # The map's outer border and the slivers where two outlines overlap run the other way.
        if square_km(gap) > -0.1:
            continue
        beside = [code for code in sorted(incomplete) if _is_beside(outlines[code], gap)]
        if len(beside) == 1:
            (code,) = beside
            own = edges_of(outlines[code])
            # A seat that stands alone in its hole is surrounded by a ring of its own, which disappears with it.
            islands = [ring for ring in rings if edges_of([ring[::-1]]) <= own]
            outlines[code] = closed(border(own | edges_of([gap, *islands])))
            given[code] = round(given.get(code, 0) - square_km(gap), 2)
    return given


def _is_beside(outline: Sequence[Sequence[Sequence[float]]], gap: Sequence[Sequence[float]]) -> bool:
    if edges_of(outline) & edges_of([gap[::-1]]):
        return True
    points = outline[0][:-1]
    x, y = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
    return metres_outside(x, y, [gap]) == 0


def metres_outside(longitude: float, latitude: float, rings: Sequence[Sequence[Sequence[float]]]) -> float:
    """Return how far a point is from an outline, 0 inside."""
    across = KM_PER_DEGREE * 1000 * math.cos(math.radians(latitude))
    along = KM_PER_DEGREE * 1000
    inside, nearest = False, math.inf
    for ring in rings:
        flat = [((x - longitude) * across, (y - latitude) * along) for x, y in ring]
        for (x1, y1), (x2, y2) in pairwise(flat):
            if (y1 > 0) != (y2 > 0) and x1 - y1 * (x2 - x1) / (y2 - y1) > 0:
                inside = not inside
            length = (x2 - x1) ** 2 + (y2 - y1) ** 2
            t = max(0.0, min(1.0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length)) if length else 0.0
            nearest = min(nearest, math.hypot(x1 + t * (x2 - x1), y1 + t * (y2 - y1)))
    return 0.0 if inside else nearest
