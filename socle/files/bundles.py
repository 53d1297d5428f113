"""A folder, or a few things of one, as one ZIP that is written while it leaves: never whole in memory, nor on the disk.

The bytes are kept as they are, so that the length is known before the first one leaves: a browser shows how far it is,
and tells one that was cut from one that ended. Under the bounds of `rules`, nothing needs ZIP64, that old programs do
not read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, cast

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from socle.files import contents, rules
from socle.files.models import Entry, stored_name
from socle.lib.refusals import refuse

CHUNK = 256 * 1024
# The dates that a ZIP can write.
_FIRST_YEAR, _LAST_YEAR = 1980, 2107


@dataclass(frozen=True)
class Piece:
    """One file of a bundle, or one folder: then its path ends by a slash and nothing is stored."""

    path: str
    modified_at: datetime
    size: int = 0
    stored_name: str = ""


def gather(tops: Sequence[Entry]) -> list[Piece]:
    """Return the entries of a bundle, out of the bin, parents first; one query a level. `tops` are in the scope.

    The root of a space has no name: what it contains is given instead by whoever asks. Raises `Refused` as soon as it
    is more than a bundle holds.
    """
    found: list[Piece] = []
    level: dict[int, str] = {}
    _add(found, level, ((one, one.name) for one in tops))
    while level:
        rows = Entry.objects.filter(parent__in=list(level), trashed_with__isnull=True).select_related("content")
        inside = rows.order_by("-is_folder", "sort_name", "pk")[: rules.MOST_BUNDLED + 1]
        above, level = level, {}
        _add(found, level, ((one, above[one.parent_id or 0] + one.name) for one in inside))
    return found


def _add(found: list[Piece], level: dict[int, str], rows: Iterable[tuple[Entry, str]]) -> None:
    """Add entries and their paths; note, of the folders, what is below."""
    for one, path in rows:
        if one.content is None:
            level[one.pk] = f"{path}/"
            found.append(Piece(f"{path}/", one.modified_at))
        else:
            name = stored_name(one.space_id, one.content.sha256)
            found.append(Piece(path, one.modified_at, one.content.size, name))
    refuse(rules.why_not_bundle(len(found), sum(piece.size for piece in found)))


def served(pieces: Sequence[Piece], *, name: str) -> StreamingHttpResponse:
    """Answer with a bundle, to be kept under this name by the browser."""
    response = StreamingHttpResponse(stream(pieces), content_type="application/zip")
    response["Content-Length"] = str(length_of(pieces))
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.zip") or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response["Cache-Control"] = "private, no-store"
    response.passes_as_is = True  # type: ignore[attr-defined]  # Its length would be lost (socle.serving.middleware).
    return response


def stream(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """The bytes of a bundle, as they come. A file that cannot be read whole stops it: shorter than was said, it is
    known by whoever receives it to be cut.
    """
    sink = _Sink()
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_STORED) as bundle:
        for piece in pieces:
            info = _info(piece)
            if info.is_dir():
                bundle.mkdir(info)
                continue
            with contents.contents().reader(piece.stored_name) as source, bundle.open(info, "w") as target:
                left = piece.size
                while left and (read := source.read(min(CHUNK, left))):
                    left -= len(read)
                    target.write(read)
                    yield sink.taken()
            if left:
                raise OSError(f"{piece.stored_name} is shorter than its row says")
    yield sink.taken()


def length_of(pieces: Iterable[Piece]) -> int:
    """How many bytes `stream` gives: what the archive adds is the same, whatever the files hold."""
    sink, size = _Sink(), 0
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_STORED) as bundle:
        for piece in pieces:
            info = _info(piece)
            size += piece.size
            if info.is_dir():
                bundle.mkdir(info)
            else:
                bundle.open(info, "w").close()
            size += len(sink.taken())
    return size + len(sink.taken())


def _info(piece: Piece) -> zipfile.ZipInfo:
    local = timezone.localtime(piece.modified_at)
    year = min(max(local.year, _FIRST_YEAR), _LAST_YEAR)
    info = zipfile.ZipInfo(piece.path, (year, local.month, local.day, local.hour, local.minute, local.second))
    # What other systems open it with: a folder that one may enter, a file that one may read and write.
    info.CRC = 0
    info.external_attr = (0o40755 << 16) | 0x10 if info.is_dir() else 0o100644 << 16
    return info


class _Sink:
    """Output of the archive: it only goes forward, and keeps nothing that was taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        return None

    def taken(self) -> bytes:
        """Return the bytes written since the last call."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
