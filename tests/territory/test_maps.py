"""Maps drawn from outlines: projected, small, and seamless."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from socle.people.models import User
from socle.territory import maps
from socle.territory.actions import load_vintages
from socle.territory.models import Commune, Department, Outline, TownHall
from tests.territory.conftest import NOW


@pytest.fixture(autouse=True)
def territory(write_territory: Callable[..., Path], system: User) -> Iterator[None]:
    two = (
        '{"insee_code":"59474","rings":[[[3.7,50.0],[3.7,50.1],[3.8,50.1],[3.8,50.0],[3.7,50.0]]]}\n'
        '{"insee_code":"59006","rings":[[[3.8,50.0],[3.8,50.1],[3.9,50.1],[3.9,50.0],[3.8,50.0]]]}\n'
    )
    load_vintages(write_territory(outlines=two), by=system, at=NOW)
    maps._territory_map.cache_clear()
    yield
    maps._territory_map.cache_clear()


def points(path: str) -> set[tuple[int, int]]:
    """Follow a path made of M, l and z."""
    found = set()
    for start, moves in re.findall(r"M([^lz]+)(?:l([^z]*))?z", path):
        numbers = [int(n) for n in re.findall(r"-?\d+", start + " " + moves.replace("-", " -"))]
        x = y = 0
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.add((x, y))
    return found


def test_the_origin_of_lambert_93_falls_where_it_is_defined() -> None:
    assert maps.lambert_93(3.0, 46.5) == pytest.approx((700_000, 6_600_000), abs=0.01)


@pytest.mark.parametrize("latitude", [44.0, 49.0])
def test_the_scale_is_true_on_the_standard_parallels(latitude: float) -> None:
    west, east = maps.lambert_93(2.999, latitude), maps.lambert_93(3.001, latitude)
    sine = math.sin(math.radians(latitude))
    radius = 6378137 * math.cos(math.radians(latitude)) / math.sqrt(1 - 0.00669438002290 * sine * sine)
    assert math.dist(west, east) == pytest.approx(radius * math.radians(0.002), rel=1e-6)


def test_neighbours_share_the_same_border_points_and_north_is_up() -> None:
    drawn = maps.territory_map(Department.objects.filter(code="59"))
    west, east = (next(s for s in drawn.shapes if s.insee_code == code) for code in ("59474", "59006"))
    assert len(points(west.path) & points(east.path)) == 2
    assert min(x for x, _ in points(west.path)) < min(x for x, _ in points(east.path))
    everything = points(west.path) | points(east.path)
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in everything)
    assert drawn.view_box == f"0 0 {drawn.width} {drawn.height}"
    # A degree of longitude is longer in the south: the wider side is at the bottom, where y is greatest.
    by_height = sorted(points(west.path), key=lambda point: point[1])
    top, bottom = (abs(a[0] - b[0]) for a, b in (by_height[:2], by_height[2:]))
    assert bottom > top


def test_a_map_is_drawn_once_per_loading(django_assert_num_queries: Callable[[int], Any]) -> None:
    departments = list(Department.objects.filter(code="59"))
    first = maps.territory_map(departments)
    with django_assert_num_queries(1):
        assert maps.territory_map(departments) is first


def test_a_map_without_outlines_has_no_shape() -> None:
    assert maps.territory_map(Department.objects.filter(code="62")).shapes == ()


def test_the_outline_of_a_commune_carries_its_mairie(django_assert_num_queries: Callable[[int], Any]) -> None:
    commune = Commune.objects.get(insee_code="59474")
    with django_assert_num_queries(2):
        drawn = maps.outline_svg(commune)
    assert drawn is not None
    assert drawn.point is not None
    x, y = drawn.point
    # 3.76 is past the middle, 50.08 is near the top.
    assert drawn.width / 2 < x < drawn.width
    assert 0 < y < drawn.height / 2


def test_a_mairie_far_from_its_commune_is_not_shown() -> None:
    commune = Commune.objects.get(insee_code="59474")
    TownHall.objects.filter(commune=commune).update(latitude=43.0)
    drawn = maps.outline_svg(commune)
    assert drawn is not None
    assert drawn.point is None


def test_a_commune_without_outline_or_mairie_has_no_map() -> None:
    assert maps.outline_svg(Commune.objects.get(insee_code="62010")) is None
    Outline.objects.create(
        commune=Commune.objects.get(insee_code="62010"), rings=[[[3, 50], [3, 51], [4, 51], [3, 50]]]
    )
    drawn = maps.outline_svg(Commune.objects.get(insee_code="62010"))
    assert drawn is not None
    assert drawn.point is None
