"""Lists that leave as files opened in a spreadsheet: columns declared once, written as CSV or as XLSX.

No formula but ours is ever in them.

`tables` reads them, and those of others.

CSV: UTF-8 with its mark, semicolons. XLSX: texts are texts whatever they begin with; days, instants and numbers are
what they are, so that they sort and add up.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import IO, Any, Generic, TypeVar

from socle.lib import dates
from socle.lib.refusals import Refused

# A cell that begins so is computed by spreadsheets (OWASP, « CSV injection »); the full-width twins are read alike.
# An apostrophe before it counts too, so that the one that we add is told from another by who reads (`tables`).
_STRANGE = re.compile(r"[\s']*(?:[=+\-@＝＋－＠]|(?<=[\t\r\n]))")
# What XML 1.0 cannot carry.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# How much is written at once.
PIECE = 64 * 1024


@dataclass(frozen=True)
class Formula:
    """A formula that the platform writes at the foot of a workbook (« SUM(G2:G9) »), of no word that a person typed."""

    text: str


Cell = str | int | Decimal | date | datetime | bool | Formula | None


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
    return harmless(value.text if isinstance(value, Formula) else value)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet computes: one that begins like a formula gets an apostrophe before it."""
    text = ILLEGAL.sub("", text)
    return f"'{text}" if _STRANGE.match(text) else text


def as_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return the bytes of a CSV file: a line of headers, then the rows."""
    file = io.BytesIO()
    write_csv(file, headers, rows)
    return file.getvalue()


def as_open_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, computed: Container[str] = ()) -> bytes:
    """Return the bytes of a CSV file as national schemas want it: UTF-8 without a mark, commas, one line a row.

    What people wrote never begins like a formula; the columns `computed` are of our own writing, and stay as they are.
    """
    return b"".join(open_csv_pieces(headers, rows, computed=computed))


def open_csv_pieces(
    headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, computed: Container[str] = ()
) -> Iterator[bytes]:
    """Write the same piece by piece, so that no number of rows is held in memory."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(headers)
    for row in rows:
        named = zip(headers, row, strict=True)
        writer.writerow([cell if name in computed else safe(_on_one_line(cell)) for name, cell in named])
        if buffer.tell() > PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _on_one_line(cell: Cell) -> Cell:
    return " ".join(cell.split()) if isinstance(cell, str) else cell


def write_csv(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a CSV file row by row; return how many rows, headers aside."""
    file.write(b"\xef\xbb\xbf")
    buffer = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(header) for header in headers])
    count = 0
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
        count += 1
    buffer.detach()  # The file is the caller’s to close.
    return count


# --- Columns declared once -----------------------------------------------------------------------------------------
class Kind(Enum):
    """Kinds of columns: how XLSX shows it, and how wide it is."""

    TEXT = ("@", 28)
    CODE = ("@", 14)
    NUMBER = ("#,##0", 12)
    SHARE = ("General", 12)
    AMOUNT = ('#,##0.00\\ "€"', 16)
    DAY = ("dd/mm/yyyy", 13)
    INSTANT = ("dd/mm/yyyy hh:mm:ss", 20)
    YES_NO = ("@", 12)

    def __init__(self, number_format: str, width: int) -> None:
        self.number_format = number_format
        self.width = width


R = TypeVar("R")


@dataclass(frozen=True)
class Field(Generic[R]):
    """One column of a file: its header, how it is read from a row, what it holds."""

    header: str
    value: Callable[[R], Cell]
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Sheet(Generic[R]):
    """A list that may leave: the name of its file, its title, its columns.

    `code` is what the journal writes when the list names people (`is_personal`).
    """

    code: str
    file_name: str
    title: str
    fields: tuple[Field[R], ...]
    is_personal: bool = False

    @property
    def headers(self) -> list[str]:
        return [field.header for field in self.fields]

    def cells(self, row: R) -> list[Cell]:
        """The cells of one row, in the order of the columns."""
        return [field.value(row) for field in self.fields]


FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What the format holds, headers included; a cell holds so many characters.
MOST_ROWS, MOST_CHARACTERS = 1_048_576, 32_767


def write(sheet: Sheet[R], rows: Iterable[R], file: IO[bytes], *, format: str) -> int:
    """Write a list in one of the `FORMATS`; return how many rows. Rows are read one by one, whatever their number."""
    cells = (sheet.cells(row) for row in rows)
    return write_csv(file, sheet.headers, cells) if format == "csv" else write_xlsx(file, sheet, cells)


def write_xlsx(
    file: IO[bytes],
    sheet: Sheet[R],
    rows: Iterable[Sequence[Cell]],
    *,
    foot: Callable[[int], Iterable[Sequence[Cell]]] | None = None,
) -> int:
    """Write an XLSX workbook of one sheet, headers that stay in sight and filter, typed cells; return how many rows.

    `foot` is told the number of the last row written, and gives what stands below the list, which no sorting moves:
    there alone are formulas, each a `Formula`.
    """
    # Long to load, and every command would: whoever writes a workbook waits for it.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = sheet.title, "Socle"
    page = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", sheet.title)[:31])
    page.freeze_panes = "A2"
    # The library tries each cell that it is handed as a value first, and raises: a quarter of the time of a workbook.
    # Were its method called otherwise one day, this would change nothing, and the workbook would be right all the same.
    page._values_to_row = _placed
    for rank, field in enumerate(sheet.fields, start=1):
        page.column_dimensions[get_column_letter(rank)].width = max(field.kind.width, len(field.header) + 4)
    headings = [WriteOnlyCell(page) for _ in sheet.fields]
    for cell, field in zip(headings, sheet.fields, strict=True):
        _put(cell, field.header)
        cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    page.append(headings)
    # One cell a column, written again for each row: styles are looked up once.
    written = [WriteOnlyCell(page) for _ in sheet.fields]
    for cell, field in zip(written, sheet.fields, strict=True):
        cell.number_format = field.kind.number_format
        cell.alignment = Alignment(vertical="top", wrap_text=field.kind is Kind.TEXT)
    count = 0
    for row in rows:
        count += 1
        if count >= MOST_ROWS:
            raise Refused(
                "Cette liste a plus de lignes qu’un classeur XLSX n’en contient\u00a0: "
                "prenez-la en CSV, ou filtrez-la d’abord."
            )
        # A cell without a value is not in the file: many columns are empty, and styles would be written for nothing.
        page.append([_put(cell, value) for cell, value in zip(written, row, strict=True)])
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.fields))}{count + 1}"
    for row in foot(count + 1) if foot is not None else ():
        page.append([_put(cell, value) for cell, value in zip(written, row, strict=True)])
    book.save(file)
    return count


def _placed(cells: Iterable[Any], row: int) -> Iterator[Any]:
    """Say where each cell of a row is; those that are None are not written."""
    for column, cell in enumerate(cells, start=1):
        if cell is not None:
            cell.column, cell.row = column, row
            yield cell


def _put(cell: Any, value: Cell) -> Any:
    """Put a value in a cell under its own type, and return the cell, or None for nothing.

    A text stays one even when somebody edits the cell.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        value = safe(value)
    elif isinstance(value, datetime):
        # The format knows no time zone: the hour is that of Paris, as on the screen.
        value = value.astimezone(dates.PARIS).replace(tzinfo=None)
    if isinstance(value, date) and value.year < 1900:
        value = value.isoformat()  # Before the first day that the format counts.
    if isinstance(value, str):
        cell.value = ILLEGAL.sub("", value)[:MOST_CHARACTERS]
        # openpyxl takes what begins with « = » for a formula, and « #N/A » for an error: here it is what someone typed.
        cell.data_type = "s"
        is_strange = bool(_STRANGE.match(value))
        if cell.quotePrefix != is_strange:
            cell.quotePrefix = is_strange
        return cell
    if cell.quotePrefix:
        cell.quotePrefix = False
    cell.value = f"={value.text}" if isinstance(value, Formula) else value
    return cell
