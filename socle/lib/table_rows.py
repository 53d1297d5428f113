"""The rows of tables from outside, as they came, whatever their length: CSV as people save it, or one sheet of an XLSX.

`tables` judges them, and reads their cells under a type.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import IO, Any
from xml.parsers import expat

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import ILLEGAL, MOST_CHARACTERS, PIECE, Cell, safe
from socle.lib.text import bytes_in_french, number

# Characters of one line as it is stored: its cells are held together.
MOST_LINE = 1024 * 1024
# What spreadsheets show of a number, and what their sums are right to: 0.1 + 0.2 is 0.30000000000000004 in the file.
SHOWN = Context(prec=15)
SAVE_AGAIN = "Enregistrez-le de nouveau au format «\u00a0CSV UTF-8\u00a0» ou XLSX, puis recommencez."
_NOT_CSV = f"Ce fichier n’est pas du CSV\u00a0: c’est un autre format, ou il est abîmé. {SAVE_AGAIN}"
_DAMAGED = f"Ce classeur est abîmé, ou n’est pas du XLSX. {SAVE_AGAIN}"


@dataclass(frozen=True)
class Bounds:
    """Most that a table may weigh and hold, its line of headers aside."""

    size: int
    rows: int
    columns: int = 256
    # Whether a line or a column that a workbook hides is a fault: who hands it over may not know of it.
    is_all_seen: bool = False


def letter_of(column: int) -> str:
    """Return how spreadsheets call a column counted from 1: 1 → A, 27 → AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True)
class Wrong:
    """A cell that holds no value of its own, and what is written there."""

    says: str
    text: str = ""


class Percent(float):
    """A number that a workbook shows a hundred times as large, with a sign: 0.625 is « 62,5 % »."""

    @property
    def shown(self) -> Decimal:
        return SHOWN.create_decimal(Decimal(repr(float(self))) * 100).normalize()


@dataclass
class Layout:
    """How a workbook lays its sheet out, beside its values: cells merged, from one to another, and what it hides."""

    merged: list[tuple[str, str]] = field(default_factory=list)
    hidden_lines: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


def rows_of(file: IO[bytes], bounds: Bounds, layout: Layout | None = None) -> tuple[bool, Iterator[list[Any]]]:
    """Say whether this is a workbook, and give all its rows, the first and the empty ones too. Raises Refused.

    `as_written` says what a cell is for who writes it again.
    """
    size = file.seek(0, io.SEEK_END)
    if size > bounds.size:
        raise Refused(f"Ce fichier est trop gros\u00a0: {bytes_in_french(bounds.size)} au plus.")
    file.seek(0)
    is_workbook = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if is_workbook:
        return True, _workbook_rows(file, bounds, Layout() if layout is None else layout)
    return False, _csv_rows(file, bounds)


def as_written(cell: Any) -> Cell:
    """A cell of `rows_of` as a value to write again: a number is one, a formula the words that it was."""
    if isinstance(cell, Wrong):
        return cell.text
    if isinstance(cell, Percent):
        return f"{cell.shown:f}\u00a0%".replace(".", ",")
    if isinstance(cell, float):
        return SHOWN.create_decimal(Decimal(repr(cell))) if abs(cell) < 10**15 else str(cell)
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else text_of(cell)
    return cell if isinstance(cell, str | int | date | None) else str(cell)


def column_of(letters: str) -> int:
    column = 0
    for one in letters:
        column = column * 26 + ord(one) - 64
    return column


def quoted(words: str) -> str:
    return f"«\u00a0{words[:40]}{'…' if len(words) > 40 else ''}\u00a0»"


def text_of(cell: Any) -> str:
    """One cell as the text that the house would write of it, without what no screen shows."""
    if isinstance(cell, str):
        return ILLEGAL.sub("", cell).strip()
    if isinstance(cell, Wrong):
        return ""
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".removesuffix(".0").replace(".", ",")
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == time() else "%Y-%m-%d %H:%M:%S")
    value: Cell = cell if isinstance(cell, int | date | None) else str(cell)
    return safe(value)


# --- CSV -------------------------------------------------------------------------------------------------------------
def _csv_rows(file: IO[bytes], bounds: Bounds) -> Iterator[list[Any]]:
    """The rows of a CSV file: UTF-8 or Windows, semicolons, commas or tabs. Raises Refused, the line named."""
    encoding = _encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    rank = 0
    try:
        lines = _lines(text)
        first = next(lines, "")
        bare = re.sub(r'"[^"]*"', "", first)
        separator = max(";,\t", key=bare.count)
        if bare.count(separator) >= bounds.columns:
            raise Refused(_too_wide(bounds))
        reader = csv.reader(_after(first, lines), delimiter=separator, strict=True)
        for row in reader if first else ():
            rank += 1
            if len(row) > bounds.columns:
                raise Refused(f"Ligne {rank}\u00a0: {_too_wide(bounds)}")
            yield [_unmarked(cell) for cell in row]
    except csv.Error as error:
        raise Refused(
            f"Ligne {rank + 1}\u00a0: un guillemet n’est pas refermé ou est mal placé, ou une case est "
            f"démesurée\u00a0; le fichier est tronqué, ou mal écrit. {SAVE_AGAIN}"
        ) from error
    finally:
        with contextlib.suppress(ValueError):  # Closed by the caller, who read no further.
            text.detach()


def _unmarked(cell: str) -> str | Wrong:
    """A cell of a CSV file without the mark by which `safe` keeps a text from being computed."""
    text = ILLEGAL.sub("", cell).strip()
    if text.startswith("="):
        says = "cette case commence comme une formule\u00a0: écrivez sa valeur, ou une apostrophe devant."
        return Wrong(says, text)
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    rank = 0
    while line := text.readline(MOST_LINE):
        rank += 1
        if len(line) == MOST_LINE:
            raise Refused(f"Ligne {rank}\u00a0: elle est trop longue pour être celle d’un tableau. {SAVE_AGAIN}")
        yield line


def _after(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def too_long(bounds: Bounds) -> str:
    return f"Ce fichier a plus de {number(bounds.rows)} lignes\u00a0: coupez-le en plusieurs."


def _too_wide(bounds: Bounds) -> str:
    return f"plus de {bounds.columns} colonnes\u00a0: gardez celles qui servent."


def _encoding_of(file: IO[bytes]) -> str:
    """Say how a text was written: in UTF-8, or in that of Windows when nothing shows UTF-8. Raises Refused."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, is_utf8, encoding = 1, file.read(3) == codecs.BOM_UTF8, "utf-8-sig"
    file.seek(0)
    while True:
        piece = file.read(PIECE)
        if piece.translate(None, _WINDOWS if encoding == "cp1252" else _ANY):
            raise Refused(_NOT_CSV)
        if encoding == "utf-8-sig":
            try:
                is_utf8 = not decoder.decode(piece, final=not piece).isascii() or is_utf8
            except UnicodeDecodeError as error:
                if is_utf8 or not error.object[: error.start].isascii():
                    line += error.object.count(10, 0, error.start)
                    raise Refused(f"Ligne {line}\u00a0: un caractère est coupé ou abîmé. {SAVE_AGAIN}") from error
                encoding = "cp1252"
                file.seek(0)
                continue
        if not piece:
            return encoding
        line += piece.count(b"\n")


# Every byte of a text, and every one that Windows-1252 gives a character.
_ANY = bytes(range(1, 256))
_WINDOWS = bytes(set(_ANY) - {0x81, 0x8D, 0x8F, 0x90, 0x9D})


# --- XLSX ------------------------------------------------------------------------------------------------------------
_SHEETS = "xl/worksheets/"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
# What the parts of a workbook unfold to, together; of what is not a sheet, alone.
MOST_UNFOLDED, MOST_PART, MOST_PARTS = 512 * 1024 * 1024, 64 * 1024 * 1024, 2000
MOST_STRINGS = 1_000_000
_MOST_ELEMENTS, _MOST_DEPTH = 100_000, 64
_YES, _MERGED = ("1", "true"), re.compile(r"([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})")
_BEGINS_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")


def _workbook_rows(file: IO[bytes], bounds: Bounds, layout: Layout) -> Iterator[list[Any]]:
    """The rows of the only sheet of a workbook, as typed there. Raises Refused."""
    # Long to load, and every command would.
    from openpyxl import load_workbook

    book = None
    try:
        _check_parts(file, bounds, layout)
        file.seek(0)
        book = load_workbook(file, read_only=True, keep_links=False)
        sheet, *others = book.worksheets
        if others:
            named = ", ".join(quoted(one.title) for one in book.worksheets[:5])
            raise Refused(f"Ce classeur a plusieurs feuilles ({named})\u00a0: gardez celle à lire, puis recommencez.")
        sheet.reset_dimensions()  # Told by the file, and anything.
        percents: dict[int, bool] = {}
        for row in sheet.iter_rows():
            yield [_value_of(cell, percents) for cell in row]
    except Refused:
        raise
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is a refusal, never a failure.
        raise Refused(_DAMAGED) from error
    finally:
        if book is not None:
            book.close()


def _value_of(cell: Any, percents: dict[int, bool]) -> Any:
    """The value of a cell; `percents` remembers which styles show one."""
    value = cell.value
    if cell.data_type == "f":
        says = "cette case est une formule\u00a0: collez-y sa valeur (collage spécial, «\u00a0valeurs\u00a0»)."
        return Wrong(says, str(getattr(value, "text", None) or value))
    if cell.data_type == "e":
        return Wrong("cette case est en erreur\u00a0: corrigez-la.", str(value))
    if type(value) in (int, float):
        style = cell._style_id
        if style not in percents:
            percents[style] = "%" in cell.number_format
        return Percent(value) if percents[style] else value
    return value


def _check_parts(file: IO[bytes], bounds: Bounds, layout: Layout) -> None:
    """Read every part of a workbook once, holding none: the library builds trees of them, and believes them."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNFOLDED:
            raise Refused("Ce classeur est trop lourd une fois déplié\u00a0: gardez seulement la feuille à lire.")
        for part in parts:
            with archive.open(part) as content:
                _Guard(part, bounds, layout).read(content)


class _Guard:
    """Judge of one part of a workbook: without definitions, not too deep, its rows in order and not too wide.

    The library lets go of a row of a sheet, or of a text shared by cells, once it is read; of nothing else. A sheet is
    in its usual folder, and is said to be a sheet.
    """

    def __init__(self, part: zipfile.ZipInfo, bounds: Bounds, layout: Layout) -> None:
        self._bounds, self._layout = bounds, layout
        self._is_sheet = part.filename.startswith(_SHEETS)
        if not self._is_sheet and part.file_size > MOST_PART:
            raise Refused(_DAMAGED)
        self._let_go = {True: (2, f"{_MAIN}row"), False: (1, f"{_MAIN}si")}[self._is_sheet]
        self._columns = {letter_of(column): column for column in range(1, bounds.columns + 1)}
        self._depth = self._kept = self._before = self._strings = self._row = self._column = self._characters = 0

    def read(self, content: IO[bytes]) -> None:
        """Read one part from end to end. Raises Refused, or what the parser raises."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._starts, self._ends
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._says, self._defines
        parser.buffer_text = True
        piece = content.read(PIECE)
        if not _BEGINS_XML.match(piece):
            return  # A picture, a program: never opened.
        while piece:
            parser.Parse(piece)
            piece = content.read(PIECE)
        parser.Parse(b"", True)

    def _defines(self, *_: Any) -> None:
        raise Refused("Ce classeur définit ses propres entités, ce qu’aucun tableur ne fait\u00a0: il n’est pas lu.")

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        if (self._depth, name) == self._let_go:
            self._before, self._characters = self._kept, 0
            self._strings += 1
        if self._is_sheet and self._depth == 2 and name == f"{_MAIN}row":
            row = int(attributes.get("r", self._row + 1))
            if row - 1 > self._bounds.rows:
                raise Refused(too_long(self._bounds))
            self._row, self._column = self._in_order(row, self._row), 0
            if attributes.get("hidden") in _YES:
                self._layout.hidden_lines.add(row)
        elif self._is_sheet and self._depth == 3 and name == f"{_MAIN}c":
            column = self._columns.get(attributes.get("r", "").rstrip("0123456789") or letter_of(self._column + 1))
            if column is None:
                raise Refused(f"Ligne {self._row}\u00a0: {_too_wide(self._bounds)}")
            self._column = self._in_order(column, self._column)
        elif self._is_sheet and name == f"{_MAIN}mergeCell":
            # One that names no cells is refused by the library.
            if found := _MERGED.fullmatch(attributes.get("ref", "")):
                self._layout.merged.append((found[1], found[2]))
        elif self._is_sheet and name == f"{_MAIN}col":
            if attributes.get("hidden") in _YES or attributes.get("width") == "0":
                place = int(attributes.get("min", 0)), int(attributes.get("max", 0))
                self._layout.hidden_columns.append(place)
        elif attributes.get("PartName", "").startswith(f"/{_SHEETS}"):
            # Called otherwise, it would be held whole.
            self._refuse(not attributes.get("ContentType", "").endswith("worksheet+xml"))
        self._depth += 1
        self._kept += 1
        self._refuse(self._depth > _MOST_DEPTH or self._kept > _MOST_ELEMENTS or self._strings > MOST_STRINGS)

    def _ends(self, name: str) -> None:
        self._depth -= 1
        if (self._depth, name) == self._let_go:
            self._kept, self._characters = self._before, 0

    def _says(self, text: str) -> None:
        self._characters += len(text)
        self._refuse(self._characters > MOST_CHARACTERS * self._bounds.columns)

    def _refuse(self, is_wrong: bool) -> None:
        if is_wrong:
            raise Refused(_DAMAGED)

    @staticmethod
    def _in_order(place: int, former: int) -> int:
        if place <= former:
            raise Refused(_DAMAGED)
        return place
