"""The files that the web servers in front write: found, opened without trust, read by portions, as they roll."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# What is read at once, and the longest line that may be one of ours.
PORTION, LONGEST_LINE = 2**20, 2**16
# A file is known by its first line, or by so many bytes of it.
HEAD = 4096
# A file that is broken, or not whole yet.
BROKEN = (EOFError, zlib.error, OSError)
Plain = io.BufferedReader | gzip.GzipFile


@dataclass(frozen=True)
class LogFile:
    """One file: where it is, what it weighs, when it was last written."""

    path: Path
    size: int
    modified_ns: int

    @property
    def is_compressed(self) -> bool:
        return self.path.suffix == ".gz"


@dataclass(frozen=True)
class Portion:
    """Whole lines, and where they end in the file; `dropped` counts those that are too long to be ours."""

    start: int
    end: int
    lines: list[bytes]
    dropped: int = 0


def files_of(folder: Path) -> list[LogFile]:
    """The files of a folder and of its own folders, the oldest first. Raises OSError when the folder cannot be read.

    A link is not followed: whoever writes in this folder must not choose what is read elsewhere.
    """
    found = []
    with os.scandir(folder) as entries:
        places = sorted(entries, key=lambda entry: entry.name)
    inner = [Path(place.path) for place in places if place.is_dir(follow_symlinks=False)]
    for each in (folder, *inner):
        with os.scandir(each) as entries:
            for entry in entries:
                if not entry.name.endswith((".log", ".log.gz")) or not entry.is_file(follow_symlinks=False):
                    continue
                try:
                    told = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # It has just been renamed, or let go: it is read under its other name.
                found.append(LogFile(Path(entry.path), told.st_size, told.st_mtime_ns))
    return sorted(found, key=lambda file: (file.modified_ns, str(file.path)))


@contextmanager
def opened(file: LogFile) -> Iterator[Plain]:
    """Open a file, decompressed when it is; never a link, a pipe or a device. Raises OSError."""
    descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as raw:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        if file.is_compressed:
            with gzip.GzipFile(fileobj=raw, mode="rb") as plain:
                yield plain
        else:
            yield raw


def fingerprint(stream: Plain) -> str:
    """What a file is known by; nothing as long as its first line is not whole."""
    head = _read(stream, HEAD)
    line, newline, _ = head.partition(b"\n")
    if not line.strip() or (not newline and len(head) < HEAD):
        return ""
    return hashlib.sha256(line).hexdigest()


def _read(stream: Plain, count: int) -> bytes:
    """Read so many bytes, or what there is before the end, or before what is broken. Raises what BROKEN lists."""
    parts: list[bytes] = []
    missing = count
    while missing:
        try:
            part = stream.read1(missing)
        except BROKEN:
            if parts:
                break  # What precedes is good; the next reading says what is not.
            raise
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def portions(stream: Plain, offset: int) -> Iterator[Portion]:
    """Read the whole lines from this offset on, portion by portion; half a line at the end is left for the next time.

    A line too long to be ours is let go, with whatever its length costs: a portion at a time. Raises what BROKEN lists.
    """
    if stream.seek(offset) != offset:
        return  # An older copy of a file that was read further elsewhere.
    start, rest, is_too_long = offset, b"", False
    while data := _read(stream, PORTION):
        whole, newline, after = (rest + data).rpartition(b"\n")
        lines = whole.split(b"\n") if newline else []
        dropped = 0
        if is_too_long and lines:
            lines, is_too_long = lines[1:], False
        if len(after) > LONGEST_LINE:
            # Counted once, when it begins.
            dropped += not is_too_long
            is_too_long, after = True, b""
        elif is_too_long:
            after = b""
        kept = [line for line in lines if len(line) <= LONGEST_LINE]
        dropped += len(lines) - len(kept)
        end = start + len(rest) + len(data) - len(after)
        if end > start:
            yield Portion(start, end, [line for line in kept if line.strip()], dropped)
        start, rest = end, after
