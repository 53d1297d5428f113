"""An archive that people keep for ever: one ZIP, folders by subject, an index read offline, the hash of each file.

Written as it goes to the disk, whatever its size (ZIP64), part after part: what is done of it survives a kill between
two parts. What writes a part is handed a `Shelf`, its own folder, and knows nothing of the rest. Names are made safe
for every system that will open them, and for whoever checks them later (`socle check-handover`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Protocol

from socle.lib.spreadsheet import harmless, safe

SUMS, INDEX, LIST = "SHA256SUMS", "index.html", "index.json"
CHUNK = 1 << 20
# What does not get smaller: kept as it is.
_COMPRESSED = re.compile(
    r"\.(7z|avif|bz2|docx|gif|gz|heic|jpe?g|mp3|mp4|mov|odp|ods|odt|ogg|pdf|png|pptx|rar|tgz|webm|webp|woff2?|xlsx|xz"
    r"|zip|zst)$",
    re.I,
)
# What Windows refuses in a name, and the names that it keeps for itself.
_FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f\x7f]')
_SUM = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
# Of one name, in bytes: most systems stop at 255, and some add to it.
LONGEST_NAME, DEEPEST = 200, 40
_EARLIEST = 1980  # Before, a ZIP writes no date.


class Progress(Protocol):
    """Told, now and then, how many files and bytes a part holds so far; may raise to stop there."""

    def __call__(self, files: int, size: int) -> None: ...


@dataclass(frozen=True)
class Written:
    """One file of the archive."""

    path: str
    size: int
    sha256: str


@dataclass
class PartDone:
    """A part that is in the archive, whole."""

    code: str
    title: str
    says: str
    notes: list[str] = field(default_factory=list)
    files: list[Written] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files)


class Shelf:
    """One folder of the archive, for whoever fills it.

    A path is relative to the folder (« 2026/budget.pdf ») ; it is made safe, and unique whatever the case. Every method
    returns the path under which the file is in the archive.
    """

    def __init__(self, archive: Archive, prefix: str) -> None:
        self._archive, self._prefix = archive, prefix

    def folder(self, name: str) -> Shelf:
        """A folder within this one."""
        return Shelf(self._archive, f"{self._prefix}{safe_name(name)}/")

    def add(self, path: str, content: bytes | str, *, at: datetime | None = None) -> str:
        """Write a file that is small enough to be in memory; a text is written in UTF-8."""
        data = content.encode() if isinstance(content, str) else content
        with self.open(path, at=at) as file:
            file.write(data)
        return file.path

    def copy(self, path: str, source: IO[bytes], *, at: datetime | None = None) -> str:
        """Write a file of any size, read piece by piece."""
        with self.open(path, at=at) as file:
            while piece := source.read(CHUNK):
                file.write(piece)
        return file.path

    @contextmanager
    def open(self, path: str, *, at: datetime | None = None) -> Iterator[Writing]:
        """Write a file piece by piece: `with shelf.open("messages.mbox") as file: file.write(…)`. One at a time."""
        with self._archive._open(self._prefix + safe_path(path), at=at) as file:
            yield file

    def table(self, path: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
        """Write a table as CSV that a spreadsheet of here opens at once: semicolons, UTF-8 with its mark.

        A cell that a spreadsheet would take for a formula gets an apostrophe before it.
        """
        with self.open(path) as file:
            file.write("\ufeff".encode())
            text = io.StringIO()
            writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
            writer.writerow(header)
            for row in rows:
                writer.writerow([_cell(value) for value in row])
                if text.tell() > CHUNK:
                    file.write(text.getvalue().encode())
                    text.seek(0)
                    text.truncate()
            file.write(text.getvalue().encode())
        return file.path

    def json(self, path: str, content: Any) -> str:
        """Write what programs read, in lines that a person reads too."""
        return self.add(path, json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n")

    def note(self, sentence: str) -> None:
        """Say something of this part in the index: what is not in it, and why."""
        self._archive._note(sentence)


class Writing:
    """A file being written: counted and hashed as it goes."""

    def __init__(self, path: str, target: IO[bytes], counted: Callable[[int], None]) -> None:
        self.path, self.size = path, 0
        self._target, self._counted, self._hash = target, counted, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._target.write(data)
        self._hash.update(data)
        self.size += len(data)
        self._counted(len(data))
        return len(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Archive:
    """The archive on the disk, and beside it (`.etat`) how far it has come, written after each part."""

    def __init__(self, path: Path, *, at: datetime) -> None:
        self.path, self._at = path, at
        self.done: list[PartDone] = []
        self._part: PartDone | None = None
        self._names: set[str] = set()
        self._progress: Progress | None = None
        self._size = 0
        self._state = path.with_name(path.name + ".etat")
        self._resume()
        self._zip = zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=6)

    def has(self, code: str) -> bool:
        """Whether this part is in the archive already."""
        return any(one.code == code for one in self.done)

    @contextmanager
    def part(self, code: str, title: str, says: str, progress: Progress | None = None) -> Iterator[Shelf]:
        """Write a part in its folder; it counts as done once everything is on the disk."""
        self._part, self._progress, self._size = PartDone(code, title, says), progress, 0
        yield Shelf(self, f"{safe_name(code)}/")
        self._tell()
        self.done.append(self._part)
        self._part = None
        self._settle()

    def finish(self, index: Callable[[list[PartDone]], str], about: dict[str, Any]) -> None:
        """Write the index for people, the list for programs and the hashes; close. The archive is then whole.

        `index` draws the page from what the parts hold; `about` is what the list says of the whole.
        """
        listed = {
            **about,
            "parts": [
                {**asdict(one), "size": one.size, "files": [asdict(file) for file in one.files]} for one in self.done
            ],
        }
        whole = PartDone("", "", "")
        self._part, self._progress = whole, None
        shelf = Shelf(self, "")
        shelf.json(LIST, listed)
        shelf.add(INDEX, index(self.done))
        sums = [*whole.files, *(file for one in self.done for file in one.files)]
        shelf.add(SUMS, "".join(f"{file.sha256}  {file.path}\n" for file in sums))
        self._part = None
        self._zip.close()
        _flush(self.path)
        self._state.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave it as it is, to be resumed."""
        self._zip.close()

    # --- Within ------------------------------------------------------------------------------------------------------
    def _note(self, sentence: str) -> None:
        assert self._part is not None
        self._part.notes.append(sentence)

    @contextmanager
    def _open(self, path: str, *, at: datetime | None) -> Iterator[Writing]:
        assert self._part is not None, "a file is written within a part"
        path = self._unique(path)
        info = zipfile.ZipInfo(path, _date(at or self._at))
        info.compress_type = zipfile.ZIP_STORED if _COMPRESSED.search(path) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        with self._zip.open(info, "w", force_zip64=True) as target:
            file = Writing(path, target, self._count)
            yield file
        self._part.files.append(Written(path, file.size, file.sha256))
        if len(self._part.files) % 50 == 0:
            self._tell()

    def _count(self, size: int) -> None:
        before, self._size = self._size, self._size + size
        if before // (16 * CHUNK) != self._size // (16 * CHUNK):
            self._tell()

    def _tell(self) -> None:
        if self._progress is not None and self._part is not None:
            self._progress(len(self._part.files), self._size)

    def _unique(self, path: str) -> str:
        stem, dot, extension = path.rpartition(".")
        # A hidden file (« .profil ») has no extension.
        if not dot or "/" in extension or stem.endswith("/"):
            stem, extension = path, ""
        number, found = 1, path
        while found.casefold() in self._names:
            number += 1
            found = f"{stem} ({number}){dot}{extension}" if extension else f"{path} ({number})"
        self._names.add(found.casefold())
        return found

    def _settle(self) -> None:
        """Close, keep how far it has come and the table of the ZIP, which the next part overwrites; open again."""
        start = self._zip.start_dir
        self._zip.close()
        _flush(self.path)
        with self.path.open("rb") as file:
            file.seek(start)
            tail = file.read()
        state = {"start": start, "parts": [asdict(one) for one in self.done], "tail": tail.hex()}
        beside = self._state.with_name(self._state.name + ".neuf")
        with beside.open("w") as written:
            json.dump(state, written)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(self._state)
        self._zip = zipfile.ZipFile(self.path, "a", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=6)

    def _resume(self) -> None:
        if not self._state.exists() or not self.path.exists():
            self.path.unlink(missing_ok=True)
            self._state.unlink(missing_ok=True)
            return
        state = json.loads(self._state.read_text())
        with self.path.open("r+b") as file:
            file.truncate(state["start"])
            file.seek(state["start"])
            file.write(bytes.fromhex(state["tail"]))
        for one in state["parts"]:
            files = [Written(**file) for file in one.pop("files")]
            self.done.append(PartDone(**one, files=files))
            self._names.update(file.path.casefold() for file in files)


# --- Read again ------------------------------------------------------------------------------------------------------
@dataclass
class Checked:
    """Result of the check of an archive: how many files are what they were, and what is wrong, in French."""

    files: int = 0
    size: int = 0
    faults: list[str] = field(default_factory=list)


MOST_FAULTS = 20


def check(path: Path) -> Checked:
    """Read an archive from end to end and compare it with its own sums: nothing altered, missing, added or unsafe.

    Nothing of it is written anywhere, and no more than a piece of it is in memory, whatever it says of itself.
    """
    found = Checked()
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, found)
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, zlib.error) as error:
        found.faults.append(f"Ce fichier n’est pas une archive lisible ({type(error).__name__}).")
    return found


def _check(archive: zipfile.ZipFile, found: Checked) -> None:
    names = archive.namelist()
    if SUMS not in names:
        found.faults.append(
            f"L’archive n’a pas de fichier {SUMS}\u00a0: elle n’est pas entière, ou n’est pas des nôtres."
        )
        return
    sums = _sums(archive, found)
    present = [name for name in names if name != SUMS]
    for name in present:
        if name != safe_path(name):
            found.faults.append(f"{name[:200]!r}\u00a0: ce nom de fichier n’est pas sûr.")
    for name, count in Counter(names).items():
        if count > 1:
            found.faults.append(f"{name[:200]!r}\u00a0: présent {count} fois.")
    for name in sorted(set(sums) - set(present)):
        found.faults.append(f"{name[:200]!r}\u00a0: manque.")
    for name in present:
        if len(found.faults) > MOST_FAULTS:
            found.faults.append("Et d’autres encore\u00a0: la lecture s’arrête là.")
            return
        if name not in sums:
            found.faults.append(f"{name[:200]!r}\u00a0: ajouté après coup, il n’est pas dans {SUMS}.")
            continue
        digest, size = hashlib.sha256(), 0
        try:
            with archive.open(name) as content:
                while piece := content.read(CHUNK):
                    digest.update(piece)
                    size += len(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            found.faults.append(f"{name[:200]!r}\u00a0: abîmé, illisible.")
            continue
        if digest.hexdigest() != sums[name]:
            found.faults.append(f"{name[:200]!r}\u00a0: modifié, son empreinte n’est plus la sienne.")
            continue
        found.files, found.size = found.files + 1, found.size + size


def _sums(archive: zipfile.ZipFile, found: Checked) -> dict[str, str]:
    sums: dict[str, str] = {}
    with archive.open(SUMS) as lines:
        # A line is a hash, two spaces and a path: longer, it is none of ours.
        while line := lines.readline(64 + 2 + 16_384):
            match = _SUM.fullmatch(line.decode(errors="replace"))
            if match is None:
                found.faults.append(f"{SUMS} contient une ligne qui n’est pas des nôtres.")
                return sums
            sums[match[2]] = match[1]
    return sums


def safe_path(path: str) -> str:
    """Return a path that no system takes for another: no `..`, no root, no character that one of them refuses."""
    parts = [safe_name(part) for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if len(parts) > DEEPEST:
        parts = [*parts[: DEEPEST - 1], parts[-1]]
    return "/".join(parts) or "sans-nom"


def safe_name(name: str) -> str:
    """Return a name of a file or a folder that every system accepts; its extension is kept when it is cut."""
    name = unicodedata.normalize("NFC", name).replace("/", "-")
    # What shows nothing, or turns the reading round (« exe.fdp »), is no part of a name.
    name = "".join(one for one in name if unicodedata.category(one) not in ("Cf", "Cc", "Cs", "Co", "Zl", "Zp"))
    name = _FORBIDDEN.sub("-", name).lstrip(" ").rstrip(" .")
    if not name or _RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode()) > LONGEST_NAME:
        stem, dot, extension = name.rpartition(".")
        extension = f".{extension}" if dot and len(extension.encode()) <= 12 else ""
        stem = stem if extension else name
        name = stem.encode()[: LONGEST_NAME - len(extension.encode())].decode(errors="ignore").rstrip(" .") + extension
    return name


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return safe(value)
    return harmless(value) if isinstance(value, str) else value


def _date(at: datetime) -> tuple[int, int, int, int, int, int]:
    year = min(max(at.year, _EARLIEST), 2107)
    return (year, at.month, at.day, at.hour, at.minute, at.second)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
