"""Dependencies of a page: what it shows besides itself, noted while it is rendered.

Whoever reads a thing that may change says so by its key; a change of that thing then renews the pages that read it, and
no other. Forgetting to say so would leave an old page online until the daily pass: a test changes everything and
compares with a site published anew.

Keys: `facts`, `hours` (the week and the exceptional days), `alerts`, `menu`, `tree`, `news`, `events`, `notices`,
`waste`, `menus`, `acts`, `council`, `listing`,
`accessibility` (the audits and the plan), `shares` (which shares a site accepted), `share:7` (the words of one),
`map` (the ground under the map), `publicity:1f0c…` (who pays for the site, in these words),
`opening` (whether the mairie has opened its site), `look`, `host`, `day` (what depends on the date), `page:7` (a page's
own words), `address:7` (where a page is), `image:7`, `unmade:7` (an image that could not be prepared, and is left out),
`document:7`, `asset:/path` (a file that the page makes a browser load, or offers), `names` (where the other names of
the site lead, which no file shows), and `all`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

EVERYTHING = "all"
ASSET = "asset:"
UNMADE = "unmade:"

Made = TypeVar("Made")

_notes: ContextVar[set[str] | None] = ContextVar("reads", default=None)
# What the pages of a publication have in common, each with the keys of what it shows.
_common: ContextVar[dict[Hashable, tuple[Any, set[str]]] | None] = ContextVar("common", default=None)


def depend_on(*keys: str) -> None:
    """Say that what is being rendered shows these things."""
    notes = _notes.get()
    if notes is not None:
        notes.update(keys)


def is_noting() -> bool:
    """Whether what is being rendered is what a publication will keep, and not the answer to somebody who waits."""
    return _notes.get() is not None


@contextmanager
def noting() -> Iterator[set[str]]:
    """Gather the keys read during the block."""
    notes: set[str] = set()
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


@contextmanager
def in_common() -> Iterator[None]:
    """Make once, during the block, what several pages show (`once`).

    Nothing is missed: what changes meanwhile is noted with its change, and renewed by the next publication.
    """
    token = _common.set({})
    try:
        yield
    finally:
        _common.reset(token)


def once(name: Hashable, make: Callable[[], Made]) -> Made:
    """Return what `make` makes, once a publication; each page that asks for it shows what it shows."""
    common = _common.get()
    if common is None:
        return make()
    if name not in common:
        with noting() as notes:
            common[name] = make(), notes
    made: Made
    made, notes = common[name]
    depend_on(*notes)
    return made
