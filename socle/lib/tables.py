"""Tables from outside, read line by line under types: CSV as people save it, or one sheet of an XLSX workbook.

What is refused says where: « ligne 12, colonne « Montant » (F) », as the spreadsheet numbers them, and how to mend it.
Faults are said together, and then nothing is taken of the file: whoever reads goes through it within one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import MOST_CHARACTERS
from socle.lib.table_rows import (
    SAVE_AGAIN,
    SHOWN,
    Bounds,
    Layout,
    Percent,
    Wrong,
    column_of,
    letter_of,
    quoted,
    rows_of,
    text_of,
    too_long,
)
from socle.lib.text import counted, folded

__all__ = ["MOST_FAULTS", "Bounds", "Fault", "Faulty", "Line", "Table", "letter_of"]

MOST_FAULTS = 100
# How many lines may stand above the names of the columns and be told apart.
_MOST_TITLES = 20
_AMOUNT = re.compile(r"-?(?:[0-9]{1,15}|[0-9]{1,3}(?: [0-9]{3}){1,4})(?:[.,][0-9]{1,15})?")
_DAYS = {
    "2026-11-30": re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    "30/11/2026": re.compile(r"(?P<day>[0-9]{2})/(?P<month>[0-9]{2})/(?P<year>[0-9]{4})"),
}
_FIRST_YEAR = 1800


@dataclass(frozen=True)
class Fault:
    """One thing to correct. `says` begins in lower case: it follows its place."""

    line: int
    says: str
    header: str = ""
    column: int = 0

    @property
    def sentence(self) -> str:
        between = ", " if self.column else "\u00a0: "
        return f"ligne {self.line}{between}{self.in_its_line}"

    @property
    def in_its_line(self) -> str:
        """The same, without its line."""
        if not self.column:
            return self.says
        name = f" «\u00a0{self.header}\u00a0»" if self.header else ""
        return f"colonne{name} ({letter_of(self.column)})\u00a0: {self.says}"


class Faulty(Refused):
    """The faults of a table, together: nothing of it may be taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = [*faults]
        last = " La lecture s’arrête là." if len(faults) >= MOST_FAULTS else ""
        said = " ".join(one.sentence[0].upper() + one.sentence[1:] for one in faults)
        super().__init__(f"Rien n’est pris\u00a0: {counted(len(faults), 'faute')} à corriger.{last} {said}")


class Table:
    """A table being read: `headers` at once, then its lines, one by one. Raises Refused, and `Faulty` at its end.

    The file stays open, and the caller's to close; it is read from its beginning, and may be sought.
    """

    def __init__(self, file: IO[bytes], bounds: Bounds) -> None:
        self.bounds = bounds
        self.faults: list[Fault] = []
        self._form: tuple[str, int] | None = None
        self._layout = Layout()
        self._is_workbook, self._rows = rows_of(file, bounds, self._layout)
        first = next(self._rows, None)
        if first is None:
            raise Refused("Ce fichier est vide.")
        self.headers = [text_of(cell) for cell in first]
        while self.headers and not self.headers[-1]:
            self.headers.pop()
        if not self.headers:
            raise Refused("La première ligne est vide\u00a0: elle nomme les colonnes.")
        self._judge(1, first)
        self._judge_layout()
        self._places = {folded(header): place for place, header in enumerate(self.headers)}

    def require(self, *headers: str) -> None:
        """Refuse a table that lacks one of these columns, or that has it twice."""
        names = [folded(header) for header in self.headers]
        for count, says in ((0, "il y manque"), (2, "on y lit deux fois")):
            if wrong := [header for header in headers if min(names.count(folded(header)), 2) == count]:
                named = ", ".join(f"«\u00a0{header}\u00a0»" for header in wrong)
                wanted = {folded(header) for header in headers}
                for line, cells in zip(range(2, 2 + _MOST_TITLES), self._rows, strict=False):
                    if wanted <= {folded(text_of(cell)) for cell in cells}:
                        raise Refused(
                            f"Les colonnes se nomment à la première ligne, et le sont ici à la ligne {line}\u00a0: "
                            "ôtez ce qui la précède."
                        )
                raise Refused(f"La première ligne nomme les colonnes\u00a0: {says} {named}. Corrigez-la.")

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines that are not empty. The last one gone, raise `Faulty` when a fault was noted."""
        short = 0
        for rank, cells in enumerate(self._rows, start=2):
            if rank - 1 > self.bounds.rows:
                raise Refused(too_long(self.bounds))
            if all(cell is None or cell == "" for cell in cells):
                continue
            short = rank if len(cells) < len(self.headers) and not self._is_workbook else 0
            line = Line(self, rank, cells)
            self._judge(rank, cells)
            if rank in self._layout.hidden_lines and self.bounds.is_all_seen:
                self.note(Fault(rank, "cette ligne est masquée dans le classeur\u00a0: affichez-la, ou supprimez-la."))
            if line.is_sound:
                yield line
        if short:
            self.note(Fault(short, "cette dernière ligne est incomplète\u00a0: le fichier est tronqué. " + SAVE_AGAIN))
        if self.faults:
            raise Faulty(self.faults)

    def _judge(self, line: int, cells: Sequence[Any]) -> None:
        """Note what no cell may be: computed, in error, too long, or beyond the columns."""
        width = len(self.headers)
        for column, cell in enumerate(cells, start=1):
            if isinstance(cell, Wrong):
                says = cell.says
            elif isinstance(cell, str) and len(cell) > MOST_CHARACTERS:
                says = f"cette case a plus de {MOST_CHARACTERS} caractères\u00a0: raccourcissez-la."
            elif column > width and text_of(cell):
                says = (
                    "cette case est au-delà des colonnes nommées\u00a0: nommez sa colonne, ou mettez entre guillemets "
                    "le texte qui contient un séparateur."
                )
            else:
                continue
            self.note(Fault(line, says, self.headers[column - 1] if column <= width else "", column))

    def _judge_layout(self) -> None:
        """Note what would be read otherwise than it is seen: cells merged into one, lines and columns hidden."""
        for first, last in self._layout.merged[:MOST_FAULTS]:
            letters, line = re.fullmatch(r"([A-Z]+)([0-9]+)", first).groups()  # type: ignore[union-attr]
            column = column_of(letters)
            header = self.headers[column - 1] if column <= len(self.headers) else ""
            says = f"cette case est fusionnée jusqu’à {last}\u00a0: défusionnez-les, et écrivez sa valeur dans chacune."
            self.note(Fault(int(line), says, header, column))
        if not self.bounds.is_all_seen:
            return
        if 1 in self._layout.hidden_lines:
            self.note(Fault(1, "cette ligne est masquée dans le classeur\u00a0: affichez-la."))
        for column, header in enumerate(self.headers, start=1):
            if header and any(first <= column <= last for first, last in self._layout.hidden_columns):
                says = "cette colonne est masquée dans le classeur\u00a0: affichez-la, ou ôtez-la."
                self.note(Fault(1, says, header, column))

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

    def note_at(self, place: int, says: str) -> None:
        """Note what is wrong of a cell by the place of its column, from 0: one that has no name, say."""
        self._table.note(Fault(self.number, says, self._table.headers[place], place + 1))

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

    def amount(
        self, header: str, *, is_wanted: bool = True, places: int = 2, is_percent: bool = False
    ) -> Decimal | None:
        """Return an amount of at most so many decimals: « 1 234,56 », « 1234.56 », « -3 € », or a number of a workbook.

        A number of a workbook is what is written in its file; with too many decimals, what a spreadsheet shows of it.
        `is_percent`: « 62,5 % » is 62,5, as is what a workbook shows so and keeps as 0,625; elsewhere, that is a fault.
        """
        raw, sign = self._at(header), "%" if is_percent else "€"
        if isinstance(raw, Percent):
            if not is_percent:
                self.note("cette case est un pourcentage\u00a0: mettez-la au format d’un nombre.", header)
                return None
            found = raw.shown
        elif isinstance(raw, float):
            found = Decimal(repr(raw))
            if found.is_finite() and _decimals(found) > places:
                found = SHOWN.create_decimal(found).normalize()
        elif isinstance(raw, int) and not isinstance(raw, bool):
            found = Decimal(raw)
        else:
            if (words := self.text(header, is_wanted=is_wanted)) is None:
                return None
            words = re.sub(r"[\u00a0\u202f\u2009]", " ", words).replace("\u2212", "-").removesuffix(sign).strip()
            if not _AMOUNT.fullmatch(words):
                self.note(f"{quoted(words)} n’est pas un montant\u00a0: écrivez-le comme 1234,56.", header)
                return None
            found = Decimal(words.replace(" ", "").replace(",", "."))
        if not found.is_finite() or abs(found) >= 10**15:
            self.note(f"{quoted(str(found))} est trop grand pour un montant\u00a0: corrigez-le.", header)
        elif _decimals(found) > places:
            most = f"{counted(places, 'décimale')} au plus" if places else "pas de décimale"
            self.note(f"{quoted(f'{found:f}')} est trop précis\u00a0: {most}. Arrondissez-le.", header)
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
        remedy = (
            "écrivez-la 30/11/2026 ou 2026-11-30"
            if not isinstance(raw, int | float)
            else "mettez la case au format d’une date"
        )
        self.note(f"{quoted(words)} n’est pas une date\u00a0: {remedy}.", header)
        return None

    def _at(self, header: str) -> Any:
        place = self._table.place(header)
        return self._cells[place] if place < len(self._cells) else None

    def _text_at(self, place: int) -> str:
        return text_of(self._cells[place]) if place < len(self._cells) else ""


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
