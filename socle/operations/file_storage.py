"""Where files are: the disk of the machine, or the object storage that several machines share.

`transfer` copies what one has and the other has not: to pass from one machine to several, and to save the storage with
the rest of the data directory.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

TARGET = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<prefix>[\w./-]*))?", re.ASCII)
# The three parts: the storage's name in Django, the folder of the data directory, and of the bucket.
PARTS = {"default": "media", "kept": "kept", "files": "files"}
BACKENDS = {
    "": (
        "django.core.files.storage.FileSystemStorage",
        "socle.documents.storage.KeptFiles",
        "socle.files.contents.DiskContents",
    ),
    "s3": (
        "socle.lib.object_storage.Objects",
        "socle.documents.object_storage.KeptObjects",
        "socle.files.object_storage.ObjectContents",
    ),
}


def storages(target: str, access: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the storage that Django reads: the parts on the disk when there is no target, else in the bucket."""
    if not target:
        return {name: {"BACKEND": backend} for name, backend in zip(PARTS, BACKENDS[""], strict=True)}
    found = TARGET.fullmatch(target)
    if found is None:
        raise ImproperlyConfigured("SOCLE_FILES_TARGET se lit « s3://bucket » ou « s3://bucket/prefixe ».")
    if not all(access.values()):
        raise ImproperlyConfigured(
            "SOCLE_FILES_TARGET demande SOCLE_FILES_S3_ENDPOINT, SOCLE_FILES_S3_KEY_ID et SOCLE_FILES_S3_SECRET."
        )
    prefix = (found["prefix"] or "").strip("/")
    return {
        name: {
            "BACKEND": backend,
            "OPTIONS": {**access, "bucket_name": found["bucket"], "location": f"{prefix}/{folder}".strip("/")},
        }
        for (name, folder), backend in zip(PARTS.items(), BACKENDS["s3"], strict=True)
    }


@dataclass
class Moved:
    """Result of a transfer: how many files it copied, how many were there, and what differs under one name."""

    copied: int = 0
    present: int = 0
    size: int = 0
    different: tuple[str, ...] = ()


def are_shared() -> bool:
    """Whether files are in an object storage rather than on this disk."""
    from django.conf import settings

    return bool(settings.FILES_TARGET)


def create() -> bool:
    """Make the bucket when it is not there; say whether it was made."""
    _, _, storage = next(iter(_parts()))
    return bool(storage.create_bucket())


def push(*, acts: bool, say: Callable[[str], None]) -> Moved:
    """Copy to the object storage the files of this disk that it has not. Nothing is replaced, here or there."""
    moved = Moved()
    for name, folder, storage in _parts():
        there = dict(storage.names())
        for path in _files_of(folder):
            relative = str(path.relative_to(folder))
            size = path.stat().st_size
            if relative in there:
                _compare(moved, f"{name}/{relative}", size, there[relative])
                continue
            if acts:
                with path.open("rb") as content:
                    storage.save_as(relative, content)
            _count(moved, size, say)
    return moved


def pull(*, acts: bool, say: Callable[[str], None]) -> Moved:
    """Copy to this disk the files of the object storage that it has not: what a backup then saves with the rest."""
    moved = Moved()
    for name, folder, storage in _parts():
        for relative, size in storage.names():
            path = (folder / relative).resolve()
            if not path.is_relative_to(folder.resolve()):
                raise ValueError(f"{name}: a key of the storage leads out of its folder")
            if path.exists() and (name != "media" or path.stat().st_size == size):
                _compare(moved, f"{name}/{relative}", path.stat().st_size, size)
                continue
            if acts:
                _write(path, storage.open(relative), mode=0o600 if name == "media" else 0o400)
            _count(moved, size, say)
    return moved


def _parts() -> Iterator[tuple[str, Path, Any]]:
    from django.conf import settings
    from django.core.files.storage import storages as made

    folders = {"default": settings.MEDIA_ROOT, "kept": settings.DOCUMENTS_ROOT, "files": settings.FILES_ROOT}
    for name, label in PARTS.items():
        yield label, Path(folders[name]), made[name]


def _files_of(folder: Path) -> list[Path]:
    # What begins with a point is being written.
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _count(moved: Moved, size: int, say: Callable[[str], None]) -> None:
    moved.copied, moved.size = moved.copied + 1, moved.size + size
    if moved.copied % 500 == 0:
        say(f"  {moved.copied} fichiers…")


def _compare(moved: Moved, name: str, here: int, there: int) -> None:
    moved.present += 1
    if here != there:
        moved.different = (*moved.different, name)


def _write(path: Path, content: Any, *, mode: int) -> None:
    """Under its name only once whole: a pull that was cut short is done again."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".en-cours-{path.name}")
    temporary.unlink(missing_ok=True)
    with content, temporary.open("xb") as file:
        shutil.copyfileobj(content, file)
    temporary.chmod(mode)
    temporary.replace(path)
