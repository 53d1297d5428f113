"""Outlines as SVG paths: a map of departments to colour, and one commune with its mairie. Lambert-93, north up.

Paths are in whole units of a grid shared by the whole map, so that two neighbours keep the same border; a template
draws them with `vector-effect="non-scaling-stroke"` and colours each by a class.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from socle.territory.models import Commune, Department, Outline, TownHall, Vintage

Point = tuple[float, float]
# The wide side of a map, in units: over two departments (200 km) a unit is 20 m, finer than the outlines themselves.
MAP_UNITS = 10_000
COMMUNE_UNITS = 1_000
MARGIN = 0.02

# Lambert-93 (EPSG:2154) on GRS 80: the constants published by the IGN (NTG 71 and 67).
_N = 0.7256077650532670
_C = 11754255.426096
_XS, _YS = 700000.0, 12655612.049876
_E = 0.08181919104281579
_MERIDIAN = math.radians(3)


def lambert_93(longitude: float, latitude: float) -> Point:
    """Project a point of WGS 84 (degrees) to Lambert-93 (metres): x east, y north."""
    phi = math.radians(latitude)
    sine = _E * math.sin(phi)
    isometric = math.log(math.tan(math.pi / 4 + phi / 2) * ((1 - sine) / (1 + sine)) ** (_E / 2))
    radius = _C * math.exp(-_N * isometric)
    angle = _N * (math.radians(longitude) - _MERIDIAN)
    return _XS + radius * math.sin(angle), _YS - radius * math.cos(angle)


@dataclass(frozen=True, slots=True)
class Shape:
    """A commune on a map: `path` is the `d` of an SVG path."""

    commune_id: int
    insee_code: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class TerritoryMap:
    """Communes ready to be drawn: `view_box` is the attribute of the `svg` element; `tag` changes with any shape."""

    view_box: str
    width: int
    height: int
    shapes: tuple[Shape, ...]
    tag: str


@dataclass(frozen=True, slots=True)
class CommuneMap:
    """One commune: its outline, and where its mairie is (None when its position is not known)."""

    view_box: str
    width: int
    height: int
    path: str
    point: tuple[int, int] | None


def territory_map(departments: Iterable[Department]) -> TerritoryMap:
    """Return the outlines of the current communes of these departments, in order of INSEE code.

    Drawn once per process and per loading of the territory (its checksum is the key): one query when it is known.
    A map without any outline has no shape.
    """
    checksum = Vintage.objects.order_by("-year").values_list("checksum", flat=True).first()
    return _territory_map(checksum or "", tuple(sorted(department.pk for department in departments)))


@lru_cache(maxsize=8)
def _territory_map(checksum: str, departments: tuple[int, ...]) -> TerritoryMap:
    rows = list(
        Outline.objects.filter(commune__department__in=departments, commune__gone_in=None)
        .order_by("commune__insee_code")
        .values_list("commune_id", "commune__insee_code", "commune__name", "rings")
    )
    projected = [[[lambert_93(*point) for point in ring] for ring in rings] for *_, rings in rows]
    frame = _frame((point for rings in projected for ring in rings for point in ring), MAP_UNITS)
    shapes = tuple(
        Shape(commune_id, code, name, _path(rings, frame.place))
        for (commune_id, code, name, _), rings in zip(rows, projected, strict=True)
    )
    tag = hashlib.sha256(repr((frame.view_box, shapes)).encode()).hexdigest()
    return TerritoryMap(frame.view_box, frame.width, frame.height, shapes, tag)


def outline_svg(commune: Commune) -> CommuneMap | None:
    """Return the outline of one commune and the place of its mairie, or None when we have no outline. Two queries.

    A mairie whose published position falls far from its commune is not shown: the point would mislead.
    """
    outline = Outline.objects.filter(commune=commune).first()
    if outline is None:
        return None
    rings = [[lambert_93(*point) for point in ring] for ring in outline.rings]
    frame = _frame((point for ring in rings for point in ring), COMMUNE_UNITS)
    hall = TownHall.objects.filter(commune=commune).only("latitude", "longitude").first()
    point = None
    if hall is not None and hall.latitude is not None and hall.longitude is not None:
        x, y = frame.place(lambert_93(hall.longitude, hall.latitude))
        if 0 <= x <= frame.width and 0 <= y <= frame.height:
            point = (x, y)
    return CommuneMap(frame.view_box, frame.width, frame.height, _path(rings, frame.place), point)


@dataclass(frozen=True, slots=True)
class _Frame:
    width: int
    height: int
    place: Callable[[Point], tuple[int, int]]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"


def _frame(points: Iterable[Point], units: int) -> _Frame:
    """Fit points in a box whose longer side is `units`, with a margin; y goes down, as in SVG."""
    xs, ys = [], []
    for x, y in points:
        xs.append(x)
        ys.append(y)
    if not xs:
        return _Frame(units, units, lambda point: (0, 0))
    left, top = min(xs), max(ys)
    extent = max(max(xs) - left, top - min(ys)) or 1.0
    margin = extent * MARGIN
    scale = units / (extent + 2 * margin)

    def place(point: Point) -> tuple[int, int]:
        return round((point[0] - left + margin) * scale), round((top - point[1] + margin) * scale)

    width = math.ceil((max(xs) - left + 2 * margin) * scale)
    height = math.ceil((top - min(ys) + 2 * margin) * scale)
    return _Frame(width, height, place)


def _path(rings: Iterable[Iterable[Point]], place: Callable[[Point], tuple[int, int]]) -> str:
    """Write rings as relative moves between grid points: short, and rounded once, so that no error adds up."""
    parts = []
    for ring in rings:
        previous: tuple[int, int] | None = None
        steps = []
        for x, y in (place(point) for point in ring):
            if previous is None:
                parts.append(f"M{x} {y}")
            elif (x, y) != previous:
                steps.append(f"{x - previous[0]} {y - previous[1]}")
            previous = (x, y)
        # The last step only comes back to the first point: z does it.
        parts.append(f"l{' '.join(steps[:-1])}z" if len(steps) > 1 else "z")
    return "".join(parts).replace(" -", "-")
