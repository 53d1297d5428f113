"""Doors: which one an address belongs to, and what its navigation offers.

A door is declared in its own room (`socle/console/door.py`) and named by `settings.SOCLE_DOORS`; templates find it as
`door`. Its menu holds a few places, each of which gathers pages: tabs above them, or a page that lists them; a tab may
hold several pages in its turn, in a line under it. An entry whose rule answers no is not shown: it is a courtesy, the
view behind it has its own lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    """One page of a place.

    `also` are the other views under whose address it is the current one; `waiting` counts what awaits the person there,
    and says what it is: `(3, "à traiter")`. `says` is a sentence for the page that lists the entries of a place. An
    entry of several `pages` opens the first that the person may open, the others in a line under the tabs.
    """

    label: str
    view: str
    icon: str
    shown_to: Callable[[HttpRequest], bool] | None = None
    also: tuple[str, ...] = ()
    waiting: Callable[[HttpRequest], tuple[int, str]] | None = None
    says: str = ""
    pages: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Place:
    """One line of the menu: it opens `listed_at`, which lists its entries, or the first of them, the others in tabs."""

    label: str
    icon: str
    entries: tuple[Entry, ...]
    listed_at: str = ""


@dataclass(frozen=True)
class Door:
    """A door: its prefix, its words and its navigation."""

    code: str
    name: str
    prefix: str
    home: str
    places: tuple[Place, ...] = field(default=())

    @property
    def base(self) -> str:
        """The template that its pages extend."""
        return f"{self.code}/base.html"

    @property
    def entries(self) -> list[Entry]:
        """Every page that its places gather, whoever may open it."""
        return [page for place in self.places for entry in place.entries for page in entry.pages or (entry,)]


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
    """Return the places of a door as this person sees them, with their entries, the current ones marked."""
    best, path = "", getattr(request, "placed_under", request.path)
    places: list[dict[str, Any]] = []

    def line_of(entry: Entry) -> Iterator[dict[str, Any]]:
        nonlocal best
        if entry.pages:
            if pages := [line for page in entry.pages for line in line_of(page)]:
                yield {**pages[0], "entry": entry, "pages": pages}
        elif entry.shown_to is None or entry.shown_to(request):
            url = reverse(entry.view)
            # Every address of a door is under its home, which is the current one for itself only.
            is_under = path == url if url == door.home else path.startswith(url)
            is_under = is_under or any(path.startswith(reverse(view)) for view in entry.also)
            if is_under and len(url) > len(best):
                best = url
            count, of_what = entry.waiting(request) if entry.waiting else (0, "")
            yield {"entry": entry, "url": url, "waiting": count, "of_what": of_what, "pages": []}

    for place in door.places:
        if entries := [line for entry in place.entries for line in line_of(entry)]:
            listed_at = reverse(place.listed_at) if place.listed_at else ""
            places.append({"place": place, "url": listed_at or entries[0]["url"], "entries": entries})
    for shown in places:
        for line in shown["entries"]:
            for one in (line, *line["pages"]):
                one["is_current"], one["is_here"] = one["url"] == best, one["url"] == request.path
            line["is_current"] |= any(page["is_current"] for page in line["pages"])
        waiting = [line for line in shown["entries"] if line["waiting"]]
        shown |= {
            "is_current": any(line["is_current"] for line in shown["entries"]) or shown["url"] == request.path,
            "is_here": shown["url"] == request.path,
            "waiting": sum(line["waiting"] for line in waiting),
            "of_what": waiting[0]["of_what"] if waiting else "",
        }
    return places


def context(request: HttpRequest) -> dict[str, Any]:
    """The context every template receives: the door, its menu and the place in it, whether it is a demonstration."""
    door = door_of(request.path)
    menu: list[dict[str, Any]] = SimpleLazyObject(lambda: navigation(door, request))  # type: ignore[assignment]
    return {
        "door": door,
        "navigation": menu,
        "current_place": SimpleLazyObject(lambda: next((place for place in menu if place["is_current"]), None)),
        "demo": settings.DEMO,
    }
