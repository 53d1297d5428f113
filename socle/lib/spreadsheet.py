"""Lists that leave as CSV, opened by people in a spreadsheet: UTF-8 with its mark, semicolons, no formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from socle.lib import dates

# A cell that begins so is computed by spreadsheets (OWASP, « CSV injection »); the full-width twins are read alike.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | Decimal | date | datetime | bool | None


def safe(value: Cell) -> str:
    """Write one cell: a French number, an ISO day, yes or no in French; a text never begins like a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(dates.PARIS).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    text = value.replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0\u202f").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def as_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return the bytes of a CSV file: a line of headers, then the rows."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(header) for header in headers])
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")
