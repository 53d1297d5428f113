"""Tables from outside, read row by row whatever their length: CSV as people save it, or one sheet of an XLSX workbook.

What is refused says where: « ligne 12, colonne « Montant » (F) », as the spreadsheet numbers them, and how to mend it.
Faults are said together, and then nothing is taken of the file: whoever reads goes through it within one transaction.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import IO, Any
from xml.parsers import expat

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import ILLEGAL, MOST_CHARACTERS, PIECE, Cell, safe
from socle.lib.text import bytes_in_french, counted, folded, number

MOST_FAULTS = 100
# Characters of one line as it is stored: its cells are held together.
MOST_LINE = 1024 * 1024
_AMOUNT = re.compile(r"-?(?:[0-9]{1,15}|[0-9]{1,3}(?: [0-9]{3}){1,4})(?:[.,][0-9]{1,15})?")
_DAYS = {
    "2026-11-30": re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    "30/11/2026": re.compile(r"(?P<day>[0-9]{2})/(?P<month>[0-9]{2})/(?P<year>[0-9]{4})"),
}
_FIRST_YEAR = 1800
# What spreadsheets show of a number, and what their sums are right to: 0.1 + 0.2 is 0.30000000000000004 in the file.
_SHOWN = Context(prec=15)
_SAVE_AGAIN = "Enregistrez-le de nouveau au format «\u00a0CSV UTF-8\u00a0» ou XLSX, puis recommencez."
_NOT_CSV = f"Ce fichier n’est pas du CSV\u00a0: c’est un autre format, ou il est abîmé. {_SAVE_AGAIN}"
_DAMAGED = f"Ce classeur est abîmé, ou n’est pas du XLSX. {_SAVE_AGAIN}"


@dataclass(frozen=True)
class Bounds:
    """Most that a table may weigh and hold, its line of headers aside."""

    size: int
    rows: int
    columns: int = 256


@dataclass(frozen=True)
class Fault:
    """One thing to correct. `says` begins in lower case: it follows its place."""

    line: int
    says: str
    header: str = ""
    column: int = 0

    @property
    def sentence(self) -> str:
        place = f"ligne {self.line}"
        if self.column:
            name = f" «\u00a0{self.header}\u00a0»" if self.header else ""
            place += f", colonne{name} ({letter_of(self.column)})"
        return f"{place}\u00a0: {self.says}"


class Faulty(Refused):
    """The faults of a table, together: nothing of it may be taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = [*faults]
        last = " La lecture s’arrête là." if len(faults) >= MOST_FAULTS else ""
        said = " ".join(one.sentence[0].upper() + one.sentence[1:] for one in faults)
        super().__init__(f"Rien n’est pris\u00a0: {counted(len(faults), 'faute')} à corriger.{last} {said}")


def letter_of(column: int) -> str:
    """Return how spreadsheets call a column counted from 1: 1 → A, 27 → AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Table:
    """A table being read: `headers` at once, then its lines, one by one. Raises Refused, and `Faulty` at its end.

    The file stays open, and the caller's to close; it is read from its beginning, and may be sought.
    """

    def __init__(self, file: IO[bytes], bounds: Bounds) -> None:
        self.bounds = bounds
        self.faults: list[Fault] = []
        self._form: tuple[str, int] | None = None
        size = file.seek(0, io.SEEK_END)
        if size > bounds.size:
            raise Refused(f"Ce fichier est trop gros\u00a0: {bytes_in_french(bounds.size)} au plus.")
        file.seek(0)
        self._is_workbook = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        self._rows = _workbook_rows(file, bounds) if self._is_workbook else _csv_rows(file, bounds)
        first = next(self._rows, None)
        if first is None:
            raise Refused("Ce fichier est vide.")
        self.headers = [_text(cell) for cell in first]
        while self.headers and not self.headers[-1]:
            self.headers.pop()
        if not self.headers:
            raise Refused("La première ligne est vide\u00a0: elle nomme les colonnes.")
        self._judge(1, first)
        self._places = {folded(header): place for place, header in enumerate(self.headers)}

    def require(self, *headers: str) -> None:
        """Refuse a table that lacks one of these columns, or that has it twice."""
        names = [folded(header) for header in self.headers]
        for count, says in ((0, "il y manque"), (2, "on y lit deux fois")):
            if wrong := [header for header in headers if min(names.count(folded(header)), 2) == count]:
                named = ", ".join(f"«\u00a0{header}\u00a0»" for header in wrong)
                raise Refused(f"La première ligne nomme les colonnes\u00a0: {says} {named}. Corrigez-la.")

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines that are not empty. The last one gone, raise `Faulty` when a fault was noted."""
        short = 0
        for rank, cells in enumerate(self._rows, start=2):
            if rank - 1 > self.bounds.rows:
                raise Refused(_too_long(self.bounds))
            if all(cell is None or cell == "" for cell in cells):
                continue
            short = rank if len(cells) < len(self.headers) and not self._is_workbook else 0
            line = Line(self, rank, cells)
            self._judge(rank, cells)
            if line.is_sound:
                yield line
        if short:
            self.note(Fault(short, "cette dernière ligne est incomplète\u00a0: le fichier est tronqué. " + _SAVE_AGAIN))
        if self.faults:
            raise Faulty(self.faults)

    def _judge(self, line: int, cells: Sequence[Any]) -> None:
        """Note what no cell may be: computed, in error, too long, or beyond the columns."""
        width = len(self.headers)
        for column, cell in enumerate(cells, start=1):
            if isinstance(cell, _Wrong):
                says = cell.says
            elif isinstance(cell, str) and len(cell) > MOST_CHARACTERS:
                says = f"cette case a plus de {MOST_CHARACTERS} caractères\u00a0: raccourcissez-la."
            elif column > width and _text(cell):
                says = (
                    "cette case est au-delà des colonnes nommées\u00a0: nommez sa colonne, ou mettez entre guillemets "
                    "le texte qui contient un séparateur."
                )
            else:
                continue
            self.note(Fault(line, says, self.headers[column - 1] if column <= width else "", column))

    def place(self, header: str) -> int:
        """The place of a column, from 0. Raises KeyError when there is none of this name: see `require`."""
        if header not in self._places:
            self._places[header] = self._places[folded(header)]
        return self._places[header]

    def note(self, fault: Fault) -> None:
        """Note a fault; beyond the bound, stop there and raise them all."""
        self.faults.append(fault)
        if len(self.faults) >= MOST_FAULTS:
            raise Faulty(self.faults)

    def is_other_form(self, form: str, line: int) -> int:
        """The line where a date was first written in the other form, or 0."""
        known, first = self._form = self._form or (form, line)
        return 0 if known == form else first


class Line:
    """One line of a table, whose cells are read under a type: one that is not of it is noted, and read as None.

    `number` is that of the spreadsheet; `is_sound` says that nothing of this line is noted so far.
    """

    def __init__(self, table: Table, number: int, cells: Sequence[Any]) -> None:
        self.number = number
        self._table, self._cells, self._faults = table, cells, len(table.faults)

    @property
    def is_sound(self) -> bool:
        return len(self._table.faults) == self._faults

    @property
    def texts(self) -> list[str]:
        """Every cell as a text, in the order of the headers."""
        return [self._text_at(place) for place in range(len(self._table.headers))]

    def note(self, says: str, header: str = "") -> None:
        """Note what a rule of the caller refuses in this line, of this column when it is one's."""
        column = self._table.place(header) + 1 if header else 0
        self._table.note(Fault(self.number, says, header, column))

    def text(self, header: str, *, is_wanted: bool = True) -> str | None:
        """Return a text without its outer spaces; None, when it is not wanted, for an empty cell."""
        found = self._text_at(self._table.place(header))
        if not found and is_wanted:
            self.note("cette case est vide\u00a0: remplissez-la.", header)
        return found or None

    def amount(self, header: str, *, is_wanted: bool = True, places: int = 2) -> Decimal | None:
        """Return an amount of at most so many decimals: « 1 234,56 », « 1234.56 », « -3 € », or a number of a workbook.

        A number of a workbook is what is written in its file; with too many decimals, what a spreadsheet shows of it.
        """
        raw = self._at(header)
        if isinstance(raw, float):
            found = Decimal(repr(raw))
            if found.is_finite() and _decimals(found) > places:
                found = _SHOWN.create_decimal(found).normalize()
        elif isinstance(raw, int) and not isinstance(raw, bool):
            found = Decimal(raw)
        else:
            if (words := self.text(header, is_wanted=is_wanted)) is None:
                return None
            words = re.sub(r"[\u00a0\u202f\u2009]", " ", words).replace("\u2212", "-").removesuffix("€").strip()
            if not _AMOUNT.fullmatch(words):
                self.note(f"{_quoted(words)} n’est pas un montant\u00a0: écrivez-le comme 1234,56.", header)
                return None
            found = Decimal(words.replace(" ", "").replace(",", "."))
        if not found.is_finite() or abs(found) >= 10**15:
            self.note(f"{_quoted(str(found))} est trop grand pour un montant\u00a0: corrigez-le.", header)
        elif _decimals(found) > places:
            most = f"{counted(places, 'décimale')} au plus" if places else "pas de décimale"
            self.note(f"{_quoted(f'{found:f}')} est trop précis\u00a0: {most}. Arrondissez-le.", header)
        else:
            return found
        return None

    def day(self, header: str, *, is_wanted: bool = True) -> date | None:
        """Return a day: a date of a workbook, « 2026-11-30 » or « 30/11/2026 », one form in the whole table."""
        raw = self._at(header)
        if isinstance(raw, datetime) and raw.time() == time():
            return raw.date()
        if (words := self.text(header, is_wanted=is_wanted)) is None:
            return None
        for form, pattern in _DAYS.items():
            if (match := pattern.fullmatch(words)) is None or not isinstance(raw, str):
                continue
            if first := self._table.is_other_form(form, self.number):
                says = f"les dates de ce fichier sont écrites de deux façons, celle-ci et celle de la ligne {first}"
                self.note(f"{says}\u00a0: n’en gardez qu’une.", header)
                return None
            try:
                found = date(**{name: int(value) for name, value in match.groupdict().items()})
            except ValueError:
                break
            if found.year >= _FIRST_YEAR:
                return found
        self.note(f"{_quoted(words)} n’est pas une date\u00a0: écrivez-la 30/11/2026 ou 2026-11-30.", header)
        return None

    def _at(self, header: str) -> Any:
        place = self._table.place(header)
        return self._cells[place] if place < len(self._cells) else None

    def _text_at(self, place: int) -> str:
        return _text(self._cells[place]) if place < len(self._cells) else ""


@dataclass(frozen=True)
class _Wrong:
    """A cell of a workbook that holds no value of its own."""

    says: str


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _quoted(words: str) -> str:
    return f"«\u00a0{words[:40]}{'…' if len(words) > 40 else ''}\u00a0»"


def _text(cell: Any) -> str:
    """One cell as the text that the house would write of it, without what no screen shows."""
    if isinstance(cell, str):
        return ILLEGAL.sub("", cell).strip()
    if isinstance(cell, _Wrong):
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
            f"démesurée\u00a0; le fichier est tronqué, ou mal écrit. {_SAVE_AGAIN}"
        ) from error
    finally:
        with contextlib.suppress(ValueError):  # Closed by the caller, who read no further.
            text.detach()


def _unmarked(cell: str) -> str | _Wrong:
    """A cell of a CSV file without the mark by which `safe` keeps a text from being computed."""
    text = ILLEGAL.sub("", cell).strip()
    if text.startswith("="):
        return _Wrong("cette case commence comme une formule\u00a0: écrivez sa valeur, ou une apostrophe devant.")
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    rank = 0
    while line := text.readline(MOST_LINE):
        rank += 1
        if len(line) == MOST_LINE:
            raise Refused(f"Ligne {rank}\u00a0: elle est trop longue pour être celle d’un tableau. {_SAVE_AGAIN}")
        yield line


def _after(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _too_long(bounds: Bounds) -> str:
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
                    raise Refused(f"Ligne {line}\u00a0: un caractère est coupé ou abîmé. {_SAVE_AGAIN}") from error
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
_BEGINS_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")


def _workbook_rows(file: IO[bytes], bounds: Bounds) -> Iterator[list[Any]]:
    """The rows of the only sheet of a workbook, as typed there. Raises Refused."""
    # Long to load, and every command would.
    from openpyxl import load_workbook

    book = None
    try:
        _check_parts(file, bounds)
        file.seek(0)
        book = load_workbook(file, read_only=True, keep_links=False)
        sheet, *others = book.worksheets
        if others:
            raise Refused("Ce classeur a plusieurs feuilles\u00a0: gardez seulement celle à lire, puis recommencez.")
        sheet.reset_dimensions()  # Told by the file, and anything.
        for row in sheet.iter_rows():
            yield [_value_of(cell) for cell in row]
    except Refused:
        raise
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is a refusal, never a failure.
        raise Refused(_DAMAGED) from error
    finally:
        if book is not None:
            book.close()


def _value_of(cell: Any) -> Any:
    if cell.data_type == "f":
        return _Wrong("cette case est une formule\u00a0: collez-y sa valeur (collage spécial, «\u00a0valeurs\u00a0»).")
    if cell.data_type == "e":
        return _Wrong("cette case est en erreur\u00a0: corrigez-la.")
    return cell.value


def _check_parts(file: IO[bytes], bounds: Bounds) -> None:
    """Read every part of a workbook once, holding none: the library builds trees of them, and believes them."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNFOLDED:
            raise Refused("Ce classeur est trop lourd une fois déplié\u00a0: gardez seulement la feuille à lire.")
        for part in parts:
            with archive.open(part) as content:
                _Guard(part, bounds).read(content)


class _Guard:
    """Judge of one part of a workbook: without definitions, not too deep, its rows in order and not too wide.

    The library lets go of a row of a sheet, or of a text shared by cells, once it is read; of nothing else. A sheet is
    in its usual folder, and is said to be a sheet.
    """

    def __init__(self, part: zipfile.ZipInfo, bounds: Bounds) -> None:
        self._bounds = bounds
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
                raise Refused(_too_long(self._bounds))
            self._row, self._column = self._in_order(row, self._row), 0
        elif self._is_sheet and self._depth == 3 and name == f"{_MAIN}c":
            column = self._columns.get(attributes.get("r", "").rstrip("0123456789") or letter_of(self._column + 1))
            if column is None:
                raise Refused(f"Ligne {self._row}\u00a0: {_too_wide(self._bounds)}")
            self._column = self._in_order(column, self._column)
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
