"""A table given back to who handed it over, as it came, with what is wrong of each line beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import IO, Any

from socle.lib.spreadsheet import Cell, Field, Kind, Sheet, write_csv, write_xlsx
from socle.lib.table_rows import Bounds, as_written, rows_of, text_of
from socle.lib.tables import MOST_FAULTS, Fault
from socle.lib.text import folded

# Who mends a file hands it over again with this column, which is then read by nobody.
HEADER = "Ce qui ne va pas"
_CUT = "La lecture s’est arrêtée à cette ligne\u00a0: corrigez, puis recommencez."


def annotate(file: IO[bytes], bounds: Bounds, faults: Sequence[Fault], target: IO[bytes], *, like: Sheet[Any]) -> str:
    """Write this table again, with its faults in a last column; return its format, « xlsx » or « csv », as it came.

    Columns that are those of `like` are shown as there. What would be computed is there as words, and no cell is left
    out. Raises Refused as a reading does.
    """
    width = 0
    for row in rows_of(file, bounds)[1]:
        width = max(width, max((place for place, cell in enumerate(row, start=1) if text_of(cell)), default=0))
    is_workbook, rows = rows_of(file, bounds)
    first = next(rows)
    kept = [place for place in range(width) if folded(_words(first, place)) != folded(HEADER)]
    headers = [*(_words(first, place) for place in kept), HEADER]
    lines = _lines(rows, kept, _told(faults))
    if not is_workbook:
        write_csv(target, headers, lines)
        return "csv"
    kinds = {folded(one.header): one.kind for one in like.fields}
    fields = tuple(Field[Any](name, str, kinds.get(folded(name), Kind.TEXT)) for name in headers)
    write_xlsx(target, Sheet[Any]("annotated", "annote", like.title, fields), lines)
    return "xlsx"


def _words(row: Sequence[Any], place: int) -> str:
    return text_of(row[place]) if place < len(row) else ""


def _told(faults: Sequence[Fault]) -> dict[int, list[str]]:
    """Sentences to write beside each line; of the line of headers, which has no place for it, beside the next one."""
    told: dict[int, list[str]] = defaultdict(list)
    for one in sorted(faults, key=lambda one: (one.line, one.column)):
        sentence = one.sentence if one.line == 1 else one.in_its_line
        told[max(one.line, 2)].append(f"{sentence[:1].upper()}{sentence[1:]}")
    if len(faults) >= MOST_FAULTS:
        told[max(told)].append(_CUT)
    return told


def _lines(rows: Iterator[list[Any]], kept: Sequence[int], told: dict[int, list[str]]) -> Iterator[list[Cell]]:
    last = max(told, default=0)
    rank = 1
    for rank, row in enumerate(rows, start=2):
        cells = [as_written(row[place]) if place < len(row) else None for place in kept]
        yield [*cells, " ".join(told.get(rank, ()))]
    # What lacks a line, as a file without any, is said all the same.
    if rank < last:
        yield [*(None for _ in kept), " ".join(told[last])]
