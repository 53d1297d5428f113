"""Cache of a calendar or an address book, in one file beside: a program that asks about all of it waits for one read.

Radicale opens two files for each event it looks at, and a third to say what has changed. What it found is written down
here, with the state of the file it was found in: inode, size, and the date the system itself gives to the change. A
file whose state is another is read again, as Radicale does. The file beside may be cut short, deleted, or restored from
elsewhere: it is only a copy, made again when it is not right.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from tempfile import NamedTemporaryFile
from typing import IO, Any, NamedTuple

from django.conf import settings
from radicale import pathutils
from radicale.item import Item
from radicale.item.filter import simplify_prefilters
from radicale.storage import CACHE_VERSION, multifilesystem

from socle.agenda import endless

# What was written under another is not read: the form of this file, Radicale's, and the very rule of what is endless.
VERSION = (1, CACHE_VERSION, sha256(Path(endless.__file__).read_bytes()).digest())
# Seconds. The clock of files is coarse and inodes serve again: a second change, this soon after the first, could pass
# for it.
SETTLED = 2.0
# The text of heavier ones (a card and its photograph) stays in their own file: all of this one is read each time.
HEAVIEST = 20_000

Mark = tuple[int, int, int]


class Slot(NamedTuple):
    """One event or card, as Radicale found it. `start` and `end`: seconds since 1970, between which all of it falls."""

    mark: Mark
    last_modified: str
    etag: str
    text: str
    uid: str
    name: str
    component: str
    start: int
    end: int
    is_endless: bool


@dataclass
class Shelf:
    """Items of a collection, by name, in the order of the folder.

    `token`: Radicale’s own for exactly this, once it was asked.
    """

    slots: dict[str, Slot] = field(default_factory=dict)
    token: str = ""


def load(path: Path) -> Shelf:
    """Read it; an empty one when there is none that can be read, or when other machines write in its folder too.

    This machine may be told late what they changed there, but not when it opens a file.
    """
    if settings.SEVERAL_MACHINES:
        return Shelf()
    # What a crash or another hand left there raises anything. Whoever may write there is already obeyed: Radicale keeps
    # its own copies of each event beside this one, in the same way.
    with contextlib.suppress(Exception):
        version, token, rows = pickle.loads(path.read_bytes())  # noqa: S301
        if version == VERSION:
            return Shelf({href: Slot(*row) for href, row in rows}, token)
    return Shelf()


def write(path: Path, held: Shelf) -> None:
    """Replace it at one stroke, unless some of it was changed just now.

    Where nothing can be written, as on a full disk, it is done without.
    """
    if settings.SEVERAL_MACHINES:
        return
    youngest = max((slot.mark[2] for slot in held.slots.values()), default=0)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not flushed: what the loss of power takes is made again.
        with NamedTemporaryFile(dir=path.parent, prefix=".shelf-", delete=False) as made:
            try:
                # By the clock of the disk, which another machine may keep.
                if os.fstat(made.fileno()).st_ctime_ns - youngest < SETTLED * 1e9:
                    os.unlink(made.name)
                    return
                rows = [(href, tuple(slot)) for href, slot in held.slots.items()]
                pickle.dump((VERSION, held.token, rows), made, protocol=pickle.HIGHEST_PROTOCOL)
                made.close()
                os.replace(made.name, path)
            except BaseException:
                os.unlink(made.name)
                raise


class ShelvedCollection(multifilesystem.Collection):
    """A folder of Radicale that answers what is asked of all its events from their shelf.

    As all of Radicale, under the lock of its storage: nobody of ours writes in the folder meanwhile.

    What is written is on the disk before it is said to be: the file, and its name in its folder. What Radicale keeps
    beside to answer sooner is not waited for: the loss of power may cut it short, and it is made again from the files.
    """

    def upload(self, href: str, item: Item) -> tuple[Item, Item | None]:
        if not pathutils.is_safe_filesystem_path_component(href):
            raise pathutils.UnsafePathError(href)
        path = pathutils.path_to_filesystem(self._filesystem_path, href, self._is_collision_free)
        before = self._get(href, verify_href=False)
        if before is not None:
            # Its last change may not be in the history, if it was lost: whoever comes back to this must be told.
            self._update_history_etag(href, before)
        try:
            with self._atomic_write(path, newline="") as file:
                file.write(item.serialize())
        except OSError as error:
            raise ValueError(str(error)) from error  # Radicale reads its number there: the disk is full, or refuses.
        self._store_item_cache(href, item)
        # Those of what was removed long ago are let go by the next program that asks what has changed.
        self._update_history_etag(href, item)
        item.href = href
        return item, before

    @contextlib.contextmanager
    def _atomic_write(self, path: str, mode: str = "w", newline: str | None = None) -> Iterator[IO[Any]]:
        folder, aside = os.path.dirname(path), f"{os.path.dirname(path)}/.Radicale.tmp-{token_hex(8)}"
        try:
            with open(aside, mode, newline=newline, encoding=None if "b" in mode else self._encoding) as file:
                yield file
                if is_kept := ".Radicale.cache" not in folder:
                    file.flush()
                    self._storage._fsync(file)
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise
        if is_kept:
            self._storage._sync_directory(folder)

    def _load_item_cache(self, href: str, cache_hash: str) -> Any:
        with contextlib.suppress(EOFError):
            return super()._load_item_cache(href, cache_hash)
        return None

    def _update_history_etag(self, href: str, item: Item | None) -> str:
        with contextlib.suppress(EOFError):
            return str(super()._update_history_etag(href, item))  # type: ignore[no-untyped-call]
        os.unlink(os.path.join(self._filesystem_path, ".Radicale.cache", "history", href))
        return str(super()._update_history_etag(href, item))  # type: ignore[no-untyped-call]

    @property
    def _shelf_path(self) -> Path:
        return Path(self._filesystem_path, ".Radicale.cache", "shelf")

    def _shelf(self) -> Shelf:
        kept, held, is_new = load(self._shelf_path), Shelf(), False
        with os.scandir(self._filesystem_path) as entries:
            for entry in entries:
                href = entry.name
                slot = kept.slots.get(href)
                if slot is None and not pathutils.is_safe_filesystem_path_component(href):
                    continue
                try:
                    state = entry.stat()
                except FileNotFoundError:  # Removed by hand.
                    continue
                if slot is None or slot.mark != _mark(state):
                    slot = self._read(href, state)
                    if slot is None:
                        continue
                    is_new = True
                held.slots[href] = slot
        if is_new or len(held.slots) < len(kept.slots):
            write(self._shelf_path, held)
        else:
            held.token = kept.token
        return held

    def _read(self, href: str, state: os.stat_result) -> Slot | None:
        if not stat.S_ISREG(state.st_mode) or state.st_size > self._storage._max_resource_size:
            return None
        item = self._get(href, verify_href=False)
        if item is None:
            return None
        text = item.serialize()
        return Slot(
            _mark(state), str(item.last_modified), item.etag, text if len(text) <= HEAVIEST else "",
            item.uid, item.name, item.component_name, *item.time_range, endless.is_endless(text),
        )  # fmt: skip

    def _item(self, href: str, slot: Slot) -> Item | None:
        if not slot.text:
            return self._get(href, verify_href=False)
        return Item(
            collection=self, href=href, last_modified=slot.last_modified, etag=slot.etag, text=slot.text, uid=slot.uid,
            name=slot.name, component_name=slot.component, time_range=(slot.start, slot.end),
        )  # fmt: skip

    def get_all(self) -> Iterator[Item]:
        for href, slot in self._shelf().slots.items():
            if (item := self._item(href, slot)) is not None:
                yield item

    def get_filtered(self, filters: Iterable[Any]) -> Iterator[tuple[Item, bool]]:
        if not self.tag:
            return
        component, start, end, is_simple = simplify_prefilters(filters, self.tag)
        for href, slot in self._shelf().slots.items():
            if component not in (None, slot.component) or slot.start >= end or slot.end <= start:
                continue
            # What came by another way than a client is looked at too before it is computed.
            if not slot.is_endless and (item := self._item(href, slot)) is not None:
                yield item, is_simple and (start <= slot.start or slot.end <= end)

    def has_uid(self, uid: str) -> bool:
        return any(slot.uid == uid for slot in self._shelf().slots.values())

    def delete(self, href: str | None = None) -> None:
        super().delete(href)
        if href is not None and self._shelf_path.exists():
            # What is removed is not kept here either.
            self._shelf()

    def sync(self, old_token: str = "") -> tuple[str, Iterable[str]]:
        held = self._shelf()
        if old_token and held.token == old_token:
            return old_token, ()
        try:
            token, changes = super().sync(old_token)
        except EOFError as error:
            raise ValueError("the state of this token was cut short") from error
        if token != held.token:
            held.token = token
            write(self._shelf_path, held)
        return token, changes


def _mark(state: os.stat_result) -> Mark:
    return state.st_ino, state.st_size, state.st_ctime_ns
