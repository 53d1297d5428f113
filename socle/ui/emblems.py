"""Emblems of those who pay, drawn from their published geometry: no file of theirs is copied.

The State's emblem and its design system are closed to local authorities: they are never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class Emblem:
    """An emblem: the name that goes with it, written in full, and its drawing, which says that name."""

    name: str
    svg: SafeString


def _star(x: float, y: float, radius: float) -> str:
    """A star of five points, one of them upright, as a path."""
    inner = radius * (3 - 5**0.5) / 2
    points = (
        f"{x + size * sin(rank * pi / 5):.2f} {y - size * cos(rank * pi / 5):.2f}"
        for rank, size in enumerate([radius, inner] * 5)
    )
    return f"M{'L'.join(points)}z"


def _europe() -> Emblem:
    """The European emblem (interinstitutional style guide, annex A1), in a white border for coloured grounds.

    Its length is one and a half times its height. Twelve stars stand as the hours of a clock, on a circle whose radius
    is a third of the height; that of a star is an eighteenth of it.
    """
    height = 36
    width, centre = height * 3 / 2, (height * 3 / 4, height / 2)
    hours = [hour * pi / 6 for hour in range(12)]
    stars = "".join(
        _star(centre[0] + height / 3 * sin(hour), centre[1] - height / 3 * cos(hour), height / 18) for hour in hours
    )
    name = "Union européenne"
    svg = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="funder" viewBox="-1.5 -1.5 {} {}" width="57" height="39" '
        'role="img" aria-label="{}" focusable="false">{}</svg>',
        f"{width + 3:g}",
        f"{height + 3:g}",
        name,
        mark_safe(  # noqa: S308 — our own drawing
            f'<path fill="#fff" d="M-1.5-1.5h{width + 3:g}v{height + 3:g}h-{width + 3:g}z"/>'
            f'<path fill="#039" d="M0 0h{width:g}v{height}h-{width:g}z"/><path fill="#fc0" d="{stars}"/>'
        ),
    )
    return Emblem(name, svg)


EMBLEMS = {"europe": _europe()}
