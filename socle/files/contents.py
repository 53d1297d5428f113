"""Where the bytes of the folders lie: under their digest, one part of the storage for each space.

What is received is written beside, flushed to the disk, then given its name, then its row: killed at any point, the
platform loses no file whose writing was acknowledged, and leaves at worst bytes that no row names, which `sweep`
removes. On the disk of one machine, or in the storage that several share (`object_storage`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.utils import timezone

from socle.files import kinds
from socle.lib.refusals import Refused
from socle.lib.text import bytes_in_french

# How many bytes of a large file go to the disk at a time.
WRITTEN_BY = 8 * 2**20
BEING_WRITTEN = ".en-cours-"
# Nobody is still sending a file after so long.
ABANDONED = timedelta(hours=24)
DISK_FULL = (
    "Le disque de la plateforme est plein\u00a0: rien n’est enregistré. Prévenez l’opérateur, gardez le fichier chez "
    "vous, et réessayez plus tard."
)


class NoSpaceLeft(Refused):
    """The file does not fit in the quota of the space, or on the disk."""


def no_space_left(free: int) -> NoSpaceLeft:
    """The refusal of whoever sends more than `free` bytes."""
    left = f"il reste {bytes_in_french(free)}" if free else "il ne reste aucune place"
    return NoSpaceLeft(
        f"Ce fichier ne tient pas dans le dossier\u00a0: {left}. Videz la corbeille, supprimez ce qui ne sert plus, ou "
        "demandez plus de place à l’opérateur."
    )


class Incoming:
    """A file being received: written to the disk as it comes, weighed, its digest computed on the way.

    Raises `NoSpaceLeft` as soon as it is larger than `free`, or when the disk is full. Whoever opens it discards it.
    """

    def __init__(self, free: int) -> None:
        self.free, self.size, self.head = free, 0, b""
        self._digest = hashlib.sha256()
        folder: Path = settings.FILES_ROOT
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / f"{BEING_WRITTEN}{secrets.token_hex(12)}"
        try:
            self._file: IO[bytes] = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb")
        except OSError as failure:
            raise _full(failure) from failure
        self.is_whole = False
        # Whether it is kept without having been read by the antivirus: who keeps it says so.
        self.is_unread = False

    def write(self, piece: bytes) -> None:
        if self.size + len(piece) > self.free:
            raise no_space_left(self.free)
        try:
            self._file.write(piece)
        except OSError as failure:
            raise _full(failure) from failure
        before, self.size = self.size, self.size + len(piece)
        self._digest.update(piece)
        if before // WRITTEN_BY != self.size // WRITTEN_BY:
            # The disk begins while the rest comes: when the last byte is there, little is left to be waited for.
            os.posix_fadvise(self._file.fileno(), 0, self.size, os.POSIX_FADV_DONTNEED)
        if len(self.head) < kinds.HEAD:
            self.head += piece[: kinds.HEAD - len(self.head)]

    def close(self) -> None:
        """Say that all of it came: from here on it is on the disk, whatever happens to the machine."""
        if self.is_whole:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as failure:
            raise _full(failure) from failure
        self.is_whole = True

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def kind(self) -> str:
        return kinds.kind_of(self.head)

    def open(self) -> BinaryIO:
        """Return the bytes received, to be read by the antivirus."""
        return self.path.open("rb")

    def discard(self) -> None:
        """Forget what was received; nothing to do once it has its name."""
        # When the disk is full, what could not be flushed is forgotten with the rest.
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


def _full(failure: OSError) -> Exception:
    return NoSpaceLeft(DISK_FULL) if failure.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else failure


class Contents(Protocol):
    """Contract of a storage of contents, disk or object storage. A name is `models.stored_name`.

    Both writings last a power cut once they return.
    """

    def prepare(self, incoming: Incoming, name: str) -> None:
        """Give what was received its name, before the space is locked: that may take long."""

    def settle(self, incoming: Incoming, name: str) -> None:
        """See that it still has its name, while the space is locked: from here on its row may be written."""

    def reader(self, name: str) -> IO[bytes]:
        """Its bytes, to be read from anywhere (`seek`). Raises OSError."""

    def stored(self, space: int) -> Iterator[tuple[str, datetime]]:
        """Every name of a space, and since when it is there."""

    def remove(self, name: str) -> None:
        """Remove bytes that no row names."""


class DiskContents(FileSystemStorage):
    """On the disk of this machine."""

    def __init__(self, location: str | None = None) -> None:
        super().__init__(location=location or settings.FILES_ROOT, directory_permissions_mode=0o700)

    def prepare(self, incoming: Incoming, name: str) -> None:
        path = Path(self.path(name))
        try:
            made = _folders(path.parent)
            # The same digest is the same bytes: those that are there were flushed before they got this name.
            with contextlib.suppress(FileExistsError):
                os.link(incoming.path, path)
            for folder in (path.parent, *made):
                _flush(folder)
        except OSError as failure:
            raise _full(failure) from failure

    def settle(self, incoming: Incoming, name: str) -> None:
        # What sweeps has locked the space too: named again if it was taken for something that nothing names.
        if not self.exists(name):
            self.prepare(incoming, name)

    def reader(self, name: str) -> IO[bytes]:
        return Path(self.path(name)).open("rb")

    def stored(self, space: int) -> Iterator[tuple[str, datetime]]:
        root = Path(self.location)
        for path in sorted((root / str(space)).glob("*/*")):
            if not path.name.startswith("."):
                since = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone())
                yield str(path.relative_to(root)), since

    def remove(self, name: str) -> None:
        Path(self.path(name)).unlink(missing_ok=True)


def _folders(path: Path) -> list[Path]:
    """Make this folder and those that contain it; return those whose own entries changed."""
    if path.is_dir():
        return []
    changed = _folders(path.parent)
    path.mkdir(exist_ok=True, mode=0o700)
    return [path.parent, *changed]


def _flush(folder: Path) -> None:
    """Make the folder's own entries last a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def contents() -> Contents:
    """Return the storage of the folders, as settings name it."""
    stored: Any = storages["files"]
    return cast(Contents, stored)


def forget_abandoned() -> int:
    """Remove what was being received on this machine when its process died; return how many."""
    count, before = 0, time.time() - ABANDONED.total_seconds()
    folder: Path = settings.FILES_ROOT
    for path in folder.glob(f"{BEING_WRITTEN}*") if folder.exists() else ():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            count += 1
    return count
