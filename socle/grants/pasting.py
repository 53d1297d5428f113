"""Cells copied from a spreadsheet and pasted, as the table that `files.read_expenses` reads: no rule of their own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from socle.grants.files import COMPARED, COMPUTED, SHEET, TEMPLATE, WANTED, read_expenses
from socle.grants.models import Expense, GrantPartner
from socle.lib import annotated
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import ILLEGAL
from socle.lib.tables import Fault, Faulty
from socle.lib.text import counted, folded

# What is shown on one page, to be read before it is written; beyond, there is the file.
MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 200, 40, 500_000
# What a column may be said to hold; none of them, and it is left aside.
OFFERED = (*TEMPLATE.headers, *COMPARED)
_NAMES = {folded(header): header for header in OFFERED}
_KNOWN = {folded(header) for header in (*SHEET.headers, *COMPUTED, annotated.HEADER)}
# Spreadsheets put between quotes a cell that holds a separator, and no other: one that only begins by a quote is words.
_CELL = {mark: re.compile(rf'"((?:[^"]|"")*+)"(?=[{mark}\n]|\Z)|([^{mark}\n]*)') for mark in "\t;"}


@dataclass(frozen=True)
class Pasted:
    """A text that was pasted: its rows; `names`, its first line when it names its columns; what each column holds."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    headers: Sequence[str]

    @classmethod
    def of(cls, text: str) -> Pasted:
        """Read what was pasted. Raises Refused for what is more than a page of it."""
        rows = _rows_of(text)
        width = max(map(len, rows), default=0)
        if width > MOST_COLUMNS:
            raise Refused(f"Collez {MOST_COLUMNS} colonnes au plus\u00a0: gardez celles qui servent.")
        rows = [[*row, *[""] * (width - len(row))] for row in rows]
        first = [folded(cell) for cell in rows[0] if cell] if rows else []
        names = rows.pop(0) if 2 * sum(name in _KNOWN for name in first) > len(first) else ()
        if len(rows) > MOST_ROWS:
            most = counted(MOST_ROWS, "ligne")
            raise Refused(f"Collez {most} au plus à la fois\u00a0: au-delà, importez un fichier. Rien n’est pris.")
        if names:
            return cls(names, rows, [_NAMES.get(folded(name), "") for name in names])
        return cls((), rows, [*TEMPLATE.headers, *[""] * width][:width])

    def amended(self, columns: Mapping[int, str], cells: Mapping[tuple[int, int], str]) -> Pasted:
        """The same, with what a person said of some columns, from 0, and of some cells, by the line and the column."""
        headers = [columns.get(place, header) for place, header in enumerate(self.headers)]
        rows = [
            [ILLEGAL.sub("", cells.get((line, place), cell)) for place, cell in enumerate(row)]
            for line, row in enumerate(self.rows, start=self.first_line)
        ]
        return replace(self, headers=[one if one in OFFERED else "" for one in headers], rows=rows)

    @property
    def first_line(self) -> int:
        """How the first row is numbered, in what was pasted."""
        return 2 if self.names else 1

    @property
    def text(self) -> str:
        """The same, to be pasted again."""
        rows = [self.names, *self.rows] if self.names else self.rows
        return "\n".join("\t".join(_quoted(cell) for cell in row) for row in rows)

    def file(self) -> io.BytesIO:
        """The columns that are read, as the file that an import takes. Raises Refused when they are not said."""
        named = [header for header in self.headers if header]
        if missing := [header for header in WANTED if header not in named]:
            raise Refused(f"Dites quelle colonne donne\u00a0: {', '.join(missing)}.")
        if twice := [header for header in OFFERED if named.count(header) > 1]:
            raise Refused(f"Une seule colonne donne chaque chose\u00a0; deux donnent\u00a0: {', '.join(twice)}.")
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row in (self.headers, *self.rows):
            writer.writerow([cell for header, cell in zip(self.headers, row, strict=True) if header])
        return io.BytesIO(text.getvalue().encode())

    def read(self, partner: GrantPartner) -> tuple[list[Expense], list[Fault]]:
        """Return the expenses that these rows are, not saved; or what is wrong, each where it was pasted.

        What is of no row, as columns that are not said, is before the first.
        """
        try:
            found = list(read_expenses(partner, self.file()))
            return found, [] if found else [Fault(0, "aucune dépense n’est lue\u00a0: collez-en une ligne au moins.")]
        except Faulty as refusal:
            places = [place for place, header in enumerate(self.headers, start=1) if header]
            return [], [
                replace(one, line=one.line - 2 + self.first_line, column=places[one.column - 1] if one.column else 0)
                for one in refusal.faults
            ]
        except Refused as refusal:
            return [], [Fault(0, refusal.sentence)]


def _rows_of(text: str) -> list[list[str]]:
    text = ILLEGAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    cell = _CELL["\t" if "\t" in text else ";"]
    rows: list[list[str]] = []
    row: list[str] = []
    place = -1
    while text and place < len(text):
        found = cell.match(text, place + 1)
        assert found is not None  # Nothing at all is a cell.
        row.append((found[2] if found[1] is None else found[1].replace('""', '"')).strip())
        place = found.end()
        if text[place : place + 1] in ("", "\n"):
            rows.append(row)
            row = []
        if len(rows) > MOST_ROWS + 1:
            break  # Too many already, with a line that names the columns or without.
    return rows


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if cell.startswith('"') or re.search(r"[\t\n]", cell) else cell
