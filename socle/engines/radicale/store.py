"""The store of the room `agenda`: the same files as clients write, by Radicale’s own storage."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from radicale import item as radicale_item
from radicale import pathutils
from radicale.item import Item

from socle.agenda.contract import Kept, Stale, Unreadable, Weight
from socle.agenda.endless import MOST_TIMES
from socle.engines.radicale.application import (
    HEAVIEST_ITEM,
    HOME,
    Collection,
    Storage,
    application_for,
    folder_of,
    home_of,
    slug_of,
)
from socle.lib import timezones

COLOUR = "ICAL:calendar-color"


def _path(slug: str) -> str:
    return f"/{HOME}/{slug}/"


def _kept(item: Item) -> Kept:
    return Kept(str(item.href), str(item.etag), str(item.serialize()))


class RadicaleWriter:
    """Operations while the lock of a beneficiary is held."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def _collection(self, slug: str) -> Collection:
        found = next(iter(self.storage.discover(_path(slug))), None)
        if not isinstance(found, Collection):
            raise OSError(f"the collection {slug} is not there")
        return found

    def get(self, slug: str, href: str) -> Kept | None:
        item = self._collection(slug)._get(href)
        return _kept(item) if item is not None else None

    def href_of(self, slug: str, uid: str) -> str | None:
        return next((str(item.href) for item in self._collection(slug).get_all() if item.uid == uid), None)

    def put(self, slug: str, href: str, text: str, *, etag: str | None) -> Kept:
        collection = self._collection(slug)
        before = collection._get(href)
        if (before.etag if before is not None else None) != etag:
            raise Stale(href)
        item = _item(text, collection)
        if before is None and item.uid and collection.has_uid(item.uid):
            raise Stale(href)
        uploaded, _ = collection.upload(href, item)
        return _kept(uploaded)

    def remove(self, slug: str, href: str, *, etag: str | None) -> Kept:
        collection = self._collection(slug)
        before = collection._get(href)
        if before is None or (etag is not None and before.etag != etag):
            raise Stale(href)
        kept = _kept(before)
        collection.delete(href)
        return kept


def _item(text: str, collection: Collection) -> Item:
    """Read a text as Radicale does what a client sends. Raises `Unreadable`."""
    try:
        found = radicale_item.read_components(text)
        radicale_item.check_and_sanitize_items(found, tag=collection.tag, max_vevent_rrule_occurrence=MOST_TIMES * 4)
        (one,) = found
        item = Item(collection_path=collection.path, vobject_item=one)
        item.prepare()
        if len(item.serialize()) > HEAVIEST_ITEM:
            raise Unreadable("Cet élément est trop lourd : retirez-en les pièces jointes ou la photographie.")
    except Unreadable:
        raise
    except Exception as error:  # vobject raises many, by what is wrong.
        raise Unreadable("Cet élément ne se lit pas : il n’est pas écrit comme un événement ou un contact.") from error
    return item


class RadicaleStore:
    """Named by SOCLE_AGENDA_STORE."""

    def check(self) -> None:
        root = Path(settings.SOCLE_AGENDA_DIR)
        where = root if root.exists() else root.parent
        if not os.access(where, os.W_OK):
            raise PermissionError(f"{where} cannot be written")

    def has(self, beneficiary_id: int, slug: str) -> bool:
        return (home_of(beneficiary_id) / slug).is_dir()

    def make(self, beneficiary_id: int, slug: str, *, tag: str, name: str, colour: str = "") -> bool:
        if self.has(beneficiary_id, slug):
            return False
        props = {"tag": tag, "D:displayname": name, **({COLOUR: colour} if colour else {})}
        # Radicale fills a folder aside and renames it: whoever reads meanwhile sees all of it or nothing.
        application_for(beneficiary_id).storage.create_collection(_path(slug), props=props)
        return True

    def describe(self, beneficiary_id: int, slug: str, *, name: str, colour: str = "") -> None:
        storage = application_for(beneficiary_id).storage
        found = next(iter(storage.discover(_path(slug))), None)
        if isinstance(found, Collection):
            props = {**found.get_meta(), "D:displayname": name}
            found.set_meta({**props, **({COLOUR: colour} if colour else {})})

    def read(
        self, beneficiary_id: int, slug: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[Kept]:
        if not self.has(beneficiary_id, slug):
            return []
        storage = application_for(beneficiary_id).storage
        with storage.acquire_lock("r"):
            found = next(iter(storage.discover(_path(slug))), None)
            if not isinstance(found, Collection):
                return []
            return [_kept(item) for item in found.get_all() if _is_near(item, start, end)]

    def find(self, beneficiary_id: int, slug: str, href: str) -> Kept | None:
        if not self.has(beneficiary_id, slug):
            return None
        storage = application_for(beneficiary_id).storage
        with storage.acquire_lock("r"):
            return RadicaleWriter(storage).get(slug, href)

    @contextmanager
    def writing(self, beneficiary_id: int) -> Iterator[RadicaleWriter]:
        storage = application_for(beneficiary_id).storage
        with storage.acquire_lock("w"):
            yield RadicaleWriter(storage)

    def whole(self, beneficiary_id: int, slug: str) -> str:
        if not self.has(beneficiary_id, slug):
            return ""
        storage = application_for(beneficiary_id).storage
        with storage.acquire_lock("r"):
            found = next(iter(storage.discover(_path(slug))), None)
            text = str(found.serialize()) if isinstance(found, Collection) else ""
        return timezones.by_rules(text, whoever_wrote=True)

    def drop(self, beneficiary_id: int, slug: str) -> None:
        if not self.has(beneficiary_id, slug) or not pathutils.is_safe_path_component(slug):
            return
        storage = application_for(beneficiary_id).storage
        with storage.acquire_lock("w"):
            found = next(iter(storage.discover(_path(slug))), None)
            if isinstance(found, Collection):
                found.delete()

    def weigh(self, beneficiary_id: int) -> Weight:
        files, size, changed = 0, 0, 0.0
        for folder, folders, names in os.walk(home_of(beneficiary_id)):
            # What Radicale keeps beside, to answer sooner, is not what people wrote.
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if name.startswith("."):
                    continue
                try:
                    state = os.stat(os.path.join(folder, name))
                except FileNotFoundError:  # Removed meanwhile.
                    continue
                files, size, changed = files + 1, size + state.st_size, max(changed, state.st_mtime)
        return Weight(files, size, datetime.fromtimestamp(changed, UTC) if files else None)

    def erase(self, beneficiary_id: int) -> None:
        """Remove the whole place of a beneficiary: nothing calls it but what ends a trial."""
        shutil.rmtree(folder_of(beneficiary_id), ignore_errors=True)

    def collections(self, beneficiary_id: int) -> Iterator[tuple[str, str]]:
        if not home_of(beneficiary_id).is_dir():
            return
        storage = application_for(beneficiary_id).storage
        with storage.acquire_lock("r"):
            found: list[Any] = [one for one in storage.discover(f"/{HOME}/", depth="1") if isinstance(one, Collection)]
            pairs = [(slug_of(one), one.tag) for one in found if one.tag]
        yield from sorted(pairs)


def _is_near(item: Item, start: datetime | None, end: datetime | None) -> bool:
    if start is None or end is None:
        return True
    first, last = item.time_range
    return bool(first < end.timestamp() and last > start.timestamp()) or item.component_name != "VEVENT"
