"""Doors: which one an address belongs to, and what its navigation offers.

A door is declared in its own room (`socle/console/door.py`) and named by `settings.SOCLE_DOORS`; templates find it as
`door`. An entry whose rule answers no is not shown: it is a courtesy, the view behind it has its own lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Entry:
    """One line of a door's navigation.

    `also` are the other views under whose address it is the current one; `waiting` counts what awaits the person there,
    and says what it is: `(3, "à traiter")`.
    """

    label: str
    view: str
    icon: str
    shown_to: Callable[[HttpRequest], bool] | None = None
    also: tuple[str, ...] = ()
    waiting: Callable[[HttpRequest], tuple[int, str]] | None = None


@dataclass(frozen=True)
class Section:
    """Entries that go together, with a heading when it helps."""

    entries: tuple[Entry, ...]
    heading: str = ""


@dataclass(frozen=True)
class Door:
    """A door: its prefix, its words and its navigation."""

    code: str
    name: str
    prefix: str
    home: str
    sections: tuple[Section, ...] = field(default=())


PUBLIC = Door(code="public", name="", prefix="/", home="/")


@cache
def doors() -> tuple[Door, ...]:
    """Return the doors that settings name, the longest prefix first."""
    named: list[Door] = [import_string(dotted) for dotted in settings.SOCLE_DOORS]
    return tuple(sorted(named, key=lambda door: -len(door.prefix)))


def door_of(path: str) -> Door:
    """Return the door an address belongs to; everybody's when it belongs to no other."""
    return next((door for door in doors() if path.startswith(door.prefix)), PUBLIC)


def place_under(request: HttpRequest, url: str) -> None:
    """Say the entry that a page belongs to, when its address is under another one."""
    request.placed_under = url  # type: ignore[attr-defined]


def navigation(door: Door, request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sections of a door as this person sees them, the current entry marked."""
    sections: list[dict[str, Any]] = []
    best, path = "", getattr(request, "placed_under", request.path)
    for section in door.sections:
        entries = []
        for entry in section.entries:
            if entry.shown_to is not None and not entry.shown_to(request):
                continue
            url = reverse(entry.view)
            # Every address of a door is under its home, which is the current one for itself only.
            is_under = path == url if url == door.home else path.startswith(url)
            is_under = is_under or any(path.startswith(reverse(view)) for view in entry.also)
            if is_under and len(url) > len(best):
                best = url
            count, of_what = entry.waiting(request) if entry.waiting else (0, "")
            entries.append({"label": entry.label, "url": url, "icon": entry.icon, "waiting": count, "of_what": of_what})
        if entries:
            sections.append({"heading": section.heading, "entries": entries})
    for shown in sections:
        for line in shown["entries"]:
            line["is_current"] = line["url"] == best
            line["is_here"] = line["url"] == request.path
    return sections


def context(request: HttpRequest) -> dict[str, Any]:
    """The context every template receives: the door, its navigation (computed if drawn), whether it is a demo."""
    door = door_of(request.path)
    return {
        "door": door,
        "navigation": SimpleLazyObject(lambda: navigation(door, request)),
        "demo": settings.DEMO,
    }
