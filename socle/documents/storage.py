"""Where kept documents lie: files written whole or not at all, never replaced, never served by a web server.

On the disk of one machine here; in the storage that several machines share, in `object_storage`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages


class WrittenOnce:
    """Contract of the storage of kept documents, a disk or an object storage."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        # The name holds the identifier of the document: another name would mean that it is kept twice.
        return name

    def discard(self, name: str) -> None:
        """Remove a file whose row could not be written, or whose document has ended; one that is gone is no error."""
        raise NotImplementedError

    def delete(self, name: str) -> NoReturn:
        raise TypeError("a kept document is never deleted")


class KeptFiles(WrittenOnce, FileSystemStorage):
    """A folder of files that are written once.

    A file appears under its name only when all its bytes are on the disk: it is written beside, flushed, then linked.
    The link fails when the name is taken, so that nothing is ever replaced, even by two writers at once.
    """

    def __init__(self, location: str | None = None) -> None:
        super().__init__(location=location or settings.DOCUMENTS_ROOT, directory_permissions_mode=0o700)

    def _save(self, name: str, content: File[Any]) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".en-cours-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o400)
            os.link(temporary, path)
        finally:
            os.unlink(temporary)
        for folder in (path.parent, path.parent.parent):
            _flush(folder)
        return name

    def discard(self, name: str) -> None:
        path = Path(self.path(name))
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # Gone already, or holding what a killed writing left.
            path.parent.rmdir()
        for folder in (path.parent, path.parent.parent):
            if folder.is_dir():
                _flush(folder)

    def address(self, name: str) -> str:
        """Where the file is, for whoever keeps the machine."""
        return self.path(name)


def _flush(folder: Path) -> None:
    """Make the folder's own entries last a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_files() -> Storage:
    """The storage of kept documents, as settings name it."""
    return storages["kept"]
