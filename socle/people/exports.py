"""Lists that leave as files, for both doors: the file, its name, and the journal line when it names people.

It lives with the people because what must be told of a file is whose names left in it. A file is written whole before
the first byte leaves, on disk when it is long: a reading that fails is an error page, never half a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import register_converter
from django.utils import timezone

from socle.journal import actions as journal
from socle.lib import dates, spreadsheet
from socle.lib.spreadsheet import Sheet
from socle.people.models import Beneficiary, Operator, User

R = TypeVar("R")
S = TypeVar("S")
M = TypeVar("M", bound=Model)

# Rows read from the database at once: their questions are asked again for each such portion, not for each row.
PORTION = 2000
# Beyond, the file is written on disk.
IN_MEMORY = 4 * 2**20


class TableFormat:
    """In an address, the formats in which a list leaves."""

    regex = "csv|xlsx"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class JournalFormat(TableFormat):
    """In an address, those in which a journal leaves: a program reads it whole in JSON."""

    regex = "csv|xlsx|json"


register_converter(TableFormat, "table")
register_converter(JournalFormat, "kind")


def in_portions(rows: QuerySet[M], dress: Callable[[list[M]], Iterable[R]]) -> Iterator[R]:
    """Read rows in portions, each dressed at once: the questions that `dress` asks do not grow with the rows."""
    found = rows.iterator(chunk_size=PORTION)
    while portion := list(islice(found, PORTION)):
        yield from dress(portion)


def leave(
    request: HttpRequest,
    sheet: Sheet[R],
    rows: Iterable[R],
    *,
    format: str,
    owner: Operator | Beneficiary,
    by: User,
) -> HttpResponse:
    """Answer with a list as a file, dated; say in the journal how many rows left when they name people."""
    at = timezone.now()
    # Closed here when it is short, by the response otherwise.
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    try:
        count = spreadsheet.write(sheet, rows, file, format=format)
        if sheet.is_personal and request.method == "GET":
            note(sheet.code, rows=count, format=format, owner=owner, by=by, at=at)
        response = _answer(file, spreadsheet.FORMATS[format])
    except BaseException:
        file.close()
        raise
    response["Content-Disposition"] = (
        f'attachment; filename="{sheet.file_name}-{dates.day_of(at).isoformat()}.{format}"'
    )
    # What it holds depends on who asks.
    response["Cache-Control"] = "private, no-store"
    return response


def _answer(file: SpooledTemporaryFile[bytes], content_type: str) -> HttpResponse:
    """Answer with a file: at once when it is short, read from the disk as it leaves otherwise."""
    is_short = file.tell() <= IN_MEMORY
    file.seek(0)
    if not is_short:
        # A door takes both, by what they have in common.
        return cast(HttpResponse, FileResponse(file, content_type=content_type))
    with file:
        return HttpResponse(file.read(), content_type=content_type)


def note(code: str, *, rows: int, format: str, owner: Operator | Beneficiary, by: User, at: datetime) -> None:
    """Write in the journal that a list naming people left: which, how many lines, at whose hands; no name."""
    journal.record("list.exported", owner, by=by, at=at, list=code, rows=rows, format=format)
