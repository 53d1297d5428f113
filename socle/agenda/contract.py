"""Contract of the store of the events and the cards: files that every client of CalDAV and CardDAV reads.

`SOCLE_AGENDA_STORE` names it; `SOCLE_AGENDA_LETTERBOX`, who receives what guests send back. Each beneficiary has its
own place, and nothing leads from one to another.

The order of locks, always: the place first (`writing`), then a transaction of the database. Whoever writes by CalDAV
holds the place when the database is asked; the other way round, each would wait for the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.lib.refusals import Said

CALENDAR, CARDS = "VCALENDAR", "VADDRESSBOOK"


@dataclass(frozen=True)
class Kept:
    """One file: its name in its collection, what changes when it changes, its words."""

    href: str
    etag: str
    text: str


@dataclass(frozen=True)
class Weight:
    """Content of a collection: its files, their bytes, and when the last one was written (None: none is there)."""

    files: int
    size: int
    changed_at: datetime | None


class Stale(Exception):
    """The file to be replaced changed since it was read: someone else wrote it meanwhile."""


class Unreadable(Said):
    """The file to be kept is no event or card that clients would read. `sentence` is French."""


class Writer(Protocol):
    """Operations on a collection while nobody else writes there."""

    def get(self, slug: str, href: str) -> Kept | None:
        """Return a file, or None."""

    def href_of(self, slug: str, uid: str) -> str | None:
        """Return the name of the file that holds this UID, or None."""

    def put(self, slug: str, href: str, text: str, *, etag: str | None) -> Kept:
        """Keep a file: a new one when `etag` is None, else in the place of that very one.

        Raises `Stale` when it is not that one, `Unreadable` when the text is none.
        """

    def remove(self, slug: str, href: str, *, etag: str | None) -> Kept:
        """Remove a file and return it as it was; `Stale` when it is not that one, or is there no more."""


class Store(Protocol):
    """Store of the collections: one class of an engine (`SOCLE_AGENDA_STORE`)."""

    def check(self) -> None:
        """Raise OSError when nothing could be kept; change nothing."""

    def has(self, beneficiary_id: int, slug: str) -> bool:
        """Say whether this collection exists; change nothing."""

    def make(self, beneficiary_id: int, slug: str, *, tag: str, name: str, colour: str = "") -> bool:
        """Make a collection, without waiting for whoever writes; False when it is there already."""

    def describe(self, beneficiary_id: int, slug: str, *, name: str, colour: str = "") -> None:
        """Change the name and the colour that clients show."""

    def read(
        self, beneficiary_id: int, slug: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[Kept]:
        """Return the files of a collection, those of a period when it is given (more perhaps, never fewer)."""

    def find(self, beneficiary_id: int, slug: str, href: str) -> Kept | None:
        """Return one file, or None."""

    def writing(self, beneficiary_id: int) -> AbstractContextManager[Writer]:
        """Be alone to write in this place, across all the processes."""

    def whole(self, beneficiary_id: int, slug: str) -> str:
        """Return a whole collection as one file (.ics or .vcf)."""

    def drop(self, beneficiary_id: int, slug: str) -> None:
        """Remove a collection and all it holds; nothing when it is not there."""

    def weigh(self, beneficiary_id: int) -> Weight:
        """Count all that a place holds: walks through it, and changes nothing."""

    def erase(self, beneficiary_id: int) -> None:
        """Remove the whole place of a beneficiary: nothing calls it but what ends a trial."""

    def collections(self, beneficiary_id: int) -> Iterator[tuple[str, str]]:
        """Yield the slug and the tag of each collection."""


class Letterbox(Protocol):
    """Mailbox of the answers that guests send back by mail (`SOCLE_AGENDA_LETTERBOX`)."""

    def address(self, beneficiary_id: int, mark: str) -> str:
        """Return where an answer that bears this mark is read; nothing when nobody of ours would read it."""


@cache
def _store_at(dotted: str) -> Store:
    made: Store = import_string(dotted)()
    return made


def store() -> Store:
    """Return whoever keeps the events and the cards."""
    return _store_at(settings.SOCLE_AGENDA_STORE)


def letterbox() -> Letterbox:
    """Return whoever receives the answers of guests."""
    made: Letterbox = import_string(settings.SOCLE_AGENDA_LETTERBOX)()
    return made
