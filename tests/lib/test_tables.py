"""Tables from outside: read row by row, refused with their line and column, never half taken."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from socle.lib import table_rows
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import FORMATS, ILLEGAL, Field, Kind, Sheet, write
from socle.lib.tables import MOST_FAULTS, Bounds, Faulty, Table, letter_of

BOUNDS = Bounds(2_000_000, 1000, 20)
AN_HOUR = datetime(2026, 11, 30, 9, tzinfo=UTC).replace(tzinfo=None)
HEAD = "Objet;Montant;Payé le;Soldé\n"


def table(content: bytes | str, bounds: Bounds = BOUNDS) -> Table:
    return Table(io.BytesIO(content.encode() if isinstance(content, str) else content), bounds)


def read(content: bytes | str, reading: Callable[[Any], Any] = lambda line: line.texts, **more: Any) -> list[Any]:
    return [reading(line) for line in table(content, **more)]


def said(content: bytes | str, reading: Callable[[Any], Any] = lambda line: line.texts) -> list[str]:
    with pytest.raises(Refused) as raised:
        read(content, reading)
    faults = raised.value.faults if isinstance(raised.value, Faulty) else None
    return [one.sentence for one in faults] if faults else [raised.value.sentence]


def book(*rows: list[Any], change: Callable[[Workbook], None] = lambda made: None) -> bytes:
    made, content = Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    change(made)
    made.save(content)
    return content.getvalue()


def rewritten(content: bytes, changes: dict[str, Callable[[bytes], bytes]]) -> bytes:
    """The same workbook, some of its parts written otherwise, or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        there = source.namelist()
        for part in [*there, *(name for name in changes if name not in there)]:
            made.writestr(part, changes.get(part, bytes)(source.read(part) if part in there else b""))
    return target.getvalue()


def inside(of: bytes, put: bytes) -> Callable[[bytes], bytes]:
    """Put these bytes before those, once."""
    return lambda body: body.replace(of, put + of, 1)


SHEET, STRINGS, STYLES, TYPES = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "[Content_Types].xml",
)
MAIN = b' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sharing(content: bytes, strings: bytes, row: bytes = b"", *, name: str = STRINGS) -> bytes:
    """A workbook whose texts are in a part of their own, as most spreadsheets write them."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    said = f'<Override PartName="/{name}" ContentType="{kind}"/>'.encode()
    part = {} if name == SHEET else {STRINGS: lambda _: b"<sst" + MAIN + b">" + strings + b"</sst>"}
    return rewritten(content, {TYPES: inside(b"</Types>", said), SHEET: inside(b"</sheetData>", row), **part})


# --- What is read ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_however_people_save_it(separator, encoding, end):
    lines = [["Objet", '"à; b, c\td"'], ["Étrœungt", '"dit ""oui"""'], [], ["x", ""], ["œuvre – café", "é"]]
    content = end.join(separator.join(line) for line in lines).encode(encoding)
    found = table(content)
    assert found.headers == ["Objet", "à; b, c\td"]
    assert [(line.number, line.texts) for line in found] == [
        (2, ["Étrœungt", 'dit "oui"']), (4, ["x", ""]), (5, ["œuvre – café", "é"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("1234,56", "1234.56"), ("1234.5", "1234.5"), ("1 234 567,89", "1234567.89"), ("1\u202f234,56 €", "1234.56"),
        ("-3", "-3"), ("\u22123", "-3"), ("- 3", None), ("0", "0"), ("12,3456", None), ("1,234", None), ("12 34", None),
        ("1.234,56", None),         ("1e3", None), ("NaN", None), ("٣", None), ("=1+1", None), ("+5", None),
        ("9" * 15, "9" * 15), ("9" * 16, None),
        ("gratuit", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_to_the_cent_or_refused(words, amount):
    content = f'A;B\nx;"{words}"\n'
    if amount is None:
        assert said(content, lambda line: line.amount("B"))[0].startswith(
            "ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: "
        )
    else:
        assert read(content, lambda line: line.amount("B")) == [Decimal(amount)]


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (0.1, "0.1"), (1234.5, "1234.5"), (0.1 + 0.2, "0.3"), (7, "7"), (12345678901234.56, "12345678901234.56"),
        ("12,50", "12.50"), (33.333, None), (True, None), (10**15, None), (1e300, None), (AN_HOUR, None),
    ],
)  # fmt: skip
def test_a_number_of_a_workbook_is_what_its_file_says(value, amount):
    content = book(["A", "B"], ["x", value])
    if amount is None:
        assert said(content, lambda line: line.amount("B"))[0].startswith(
            "ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: "
        )
    else:
        [found] = read(content, lambda line: line.amount("B"))
        assert (str(found), type(found)) == (amount, Decimal)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-30", date(2026, 11, 30)), ("30/11/2026", date(2026, 11, 30)),
        (date(2026, 11, 30), date(2026, 11, 30)),
        ("30-11-2026", None), ("1/2/2026", None), ("30/11/26", None), ("11/30/2026", None), ("2026-02-29", None),
        ("0026-11-30", None), ("46000", None), (46000, None), (AN_HOUR, None), ("hier", None),
    ],
)  # fmt: skip
def test_a_day_has_two_forms_and_no_other(value, day):
    for content in [book(["A", "B"], ["x", value])] + (
        [f"A;B\nx;{value}\n".encode()] if isinstance(value, str) else []
    ):
        if day is None:
            [fault] = said(content, lambda line: line.day("B"))
            assert fault.startswith("ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: ")
            remedy = "mettez la case au format d’une date" if value == 46000 else "écrivez-la 30/11/2026 ou 2026-11-30"
            assert f"n’est pas une date\u00a0: {remedy}." in fault
        else:
            assert read(content, lambda line: line.day("B")) == [day]


def test_a_file_writes_its_days_in_one_form():
    content = "A;B\n2026-11-30;30/11/2026\n2026-12-01;01/12/2026\n"
    first, second = said(content, lambda line: (line.day("A"), line.day("B")))
    assert first.startswith(
        "ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: les dates de ce fichier sont écrites de deux façons"
    )
    assert "celle de la ligne 2" in second


def test_an_empty_cell_is_none_or_a_fault_as_it_is_wanted():
    kinds = ("text", "amount", "day")
    for content in (b"A;B\nx;\n", b"A;B\nx;'\xc2\xa0\n".replace(b"'", b""), book(["A", "B"], ["x", None])):
        for kind in kinds:
            assert read(content, lambda line, kind=kind: getattr(line, kind)("B", is_wanted=False)) == [None]
            assert "est vide" in said(content, lambda line, kind=kind: getattr(line, kind)("B"))[0]


# --- What is refused -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "Ce fichier est vide."),
        (b"\n\n", "La première ligne est vide"),
        (b"\x00\x01", "n’est pas du CSV"),
        ("A;B\n".encode("utf-16"), "n’est pas du CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "n’est pas du CSV"),
        (b"A;B\nx;\x81\n", "n’est pas du CSV"),
        (b"PK\x03\x04\x00\x00", "n’est pas du XLSX"),
        ("A;B\né;é".encode()[:-1], "Ligne 2\u00a0: un caractère est coupé"),
        (b"\xef\xbb\xbfA;B\n\nx;\xe9\n", "Ligne 3\u00a0: un caractère est coupé"),
        (b"A;B\nx;y\nz\n", "ligne 3\u00a0: cette dernière ligne est incomplète"),
        (b"A;B\nx;y\nz", "ligne 3\u00a0: cette dernière ligne est incomplète"),
        (b'A;B\nx;y\nz;"cut', "Ligne 3\u00a0: un guillemet n’est pas refermé"),
        (b'A;B\nx;"a"b"\nz;y\n', "Ligne 2\u00a0: un guillemet"),
        (b'A;B\nx;"' + b"y" * 200_000, "Ligne 2\u00a0: un guillemet"),
        (b"A;B\n" + b"y" * 1_500_000, "Ligne 2\u00a0: elle est trop longue"),
        (b"A;B\nx;" + b"y" * 32_768 + b"\n", "ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: cette case a plus de 32767"),
        (b"A;B\nx;y;z\n", "ligne 2, colonne (C)\u00a0: cette case est au-delà des colonnes"),
        (b"A;B\nx;=1+1\n", "ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: cette case commence comme une formule"),
        (b";" * 1_000_000, "plus de 20 colonnes"),
        (b"A;B\n" + b";" * 1_000_000, "Ligne 2\u00a0: plus de 20 colonnes"),
        (b"A;B\n" + b"x;y\n" * 1001, "plus de 1\u202f000 lignes"),
        (b"A;B\n" + b"\n" * 1002, "plus de 1\u202f000 lignes"),
        (b"x" * 2_000_001, "trop gros"),
    ],
)  # fmt: skip
def test_what_is_no_table_or_is_cut_is_refused_with_its_place(content, says):
    [sentence] = said(content)
    assert says in sentence


def test_what_stands_at_its_bounds_is_read():
    head = ";".join(letter_of(column) for column in range(1, 21))
    content = head + "\n" + (";".join("x" * 20) + "\n") * 1000
    assert len(read(content)) == 1000
    assert read("A;B\nx;" + "y" * 32_767 + "\nz;t;;;\n")[0][1] == "y" * 32_767
    size = Bounds(len(content), 1000, 20)
    assert len(read(content, bounds=size)) == 1000
    assert [letter_of(column) for column in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_faults_are_said_together_and_nothing_is_taken():
    content = HEAD + "a;dix;30/11/2026;oui\nb;10;hier;\n=c;1;;\nd;1;30/11/2026;non\n"
    sound = []

    def reading(line: Any) -> None:
        line.amount("Montant"), line.day("Payé le")
        if line.texts[0] == "d":
            line.note("cet objet est déjà pris.", "Objet")
        sound.append(line.is_sound)

    with pytest.raises(Faulty) as raised:
        read(content, reading)
    assert [one.sentence.replace("\u00a0", " ") for one in raised.value.faults] == [
        "ligne 2, colonne « Montant » (B) : « dix » n’est pas un montant : écrivez-le comme 1234,56.",
        "ligne 3, colonne « Payé le » (C) : « hier » n’est pas une date : écrivez-la 30/11/2026 ou 2026-11-30.",
        "ligne 4, colonne « Objet » (A) : cette case commence comme une formule : écrivez sa valeur, ou une apostrophe "
        "devant.",
        "ligne 5, colonne « Objet » (A) : cet objet est déjà pris.",
    ]  # fmt: skip
    assert sound == [False, False, False]
    assert raised.value.sentence.startswith("Rien n’est pris\u00a0: 4\u00a0fautes à corriger. Ligne 2, colonne")


def test_cells_merged_are_faults_and_what_is_hidden_is_one_where_it_is_asked():
    def laid_out(made: Workbook) -> None:
        made.active.row_dimensions[2].hidden = made.active.column_dimensions["B"].hidden = True

    hidden = book(["A", "B"], ["x", "y"], ["z", "t"], change=laid_out)
    assert read(hidden) == [["x", "y"], ["z", "t"]]
    with pytest.raises(Faulty) as raised:
        read(hidden, bounds=replace(BOUNDS, is_all_seen=True))
    assert [(one.line, one.column) for one in raised.value.faults] == [(1, 2), (2, 0)]
    [fault] = said(book(["A", "B"], ["x", "y"], [None, "t"], change=lambda made: made.active.merge_cells("A2:A3")))
    assert fault.startswith("ligne 2, colonne «\u00a0A\u00a0» (A)\u00a0: cette case est fusionnée jusqu’à A3")


def test_a_hundred_faults_are_enough():
    content = "A;B\n" + "x;y\n" * 500
    faults = said(content, lambda line: line.amount("B"))
    assert len(faults) == MOST_FAULTS


def test_columns_are_required_by_their_names_however_they_are_typed():
    found = table("objet;MONTANT;montant;\nx;1;2;\n")
    found.require("Objet")
    for header, says in (("Payé le", "il y manque «\u00a0Payé le"), ("Montant", "on y lit deux fois «\u00a0Montant")):
        with pytest.raises(Refused, match=says):
            found.require("Objet", header)


# --- Workbooks -------------------------------------------------------------------------------------------------------
def a_formula(made: Workbook) -> None:
    made.active["B2"] = "=SUM(C1:C9)"


def an_error(made: Workbook) -> None:
    made.active["B2"].value, made.active["B2"].data_type = "#REF!", "e"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            book(["A", "B"], ["x", 1], change=a_formula),
            "ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: cette case est une formule",
        ),
        (
            book(["A", "B"], ["x", 1], change=an_error),
            "ligne 2, colonne «\u00a0B\u00a0» (B)\u00a0: cette case est en erreur",
        ),
        (book(["A"], change=lambda made: made.create_sheet()), "plusieurs feuilles"),
        (book(), "est vide"),
        (book(["A"], *[["x"]] * 1001), "plus de 1\u202f000 lignes"),
        (book(["A"] * 21), "Ligne 1\u00a0: plus de 20 colonnes"),
        (book(["A"])[:-30], "n’est pas du XLSX"),
    ],
)
def test_a_workbook_that_computes_is_too_large_or_is_broken_is_refused(content, says):
    assert says in said(content)[0]


def test_texts_that_cells_share_are_read():
    strings = b"<si><t>Objet</t></si><si><r><t>Des </t></r><r><t>fleurs</t></r></si>"
    row = b'<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="3"><c r="A3" t="s"><v>1</v></c></row>'
    found = table(sharing(book(), strings, row))
    assert [(line.number, line.text("Objet")) for line in found] == [(3, "Des fleurs")]


ENTITY = b'<!DOCTYPE x [<!ENTITY a "lol">]>'
HEAVY = b" " * 10_000_000


def row(inner: bytes) -> dict[str, Callable[[bytes], bytes]]:
    return {SHEET: inside(b"</sheetData>", b'<row r="9">' + inner + b"</row>")}


def cells(count: int) -> bytes:
    return b"".join(b'<c r="%s9"/>' % letter_of(column).encode() for column in range(1, count + 1))


def styles(inner: bytes) -> dict[str, Callable[[bytes], bytes]]:
    return {STYLES: inside(b"</styleSheet>", inner)}


HOSTILE: dict[str, Any] = {
    "a billion laughs": {SHEET: inside(b"<worksheet", ENTITY)},
    "laughs in the styles": {STYLES: inside(b"<styleSheet", ENTITY)},
    # Made by its test alone: each process that collects this file would make them.
    "a million columns": lambda made: rewritten(made, row(cells(1_000_000))),
    "a far column": row(b'<c r="ZZZ9"/>'),
    "a far row": {SHEET: inside(b"</sheetData>", b'<row r="99999999999"/>')},
    "rows in disorder": {SHEET: inside(b"</sheetData>", b'<row r="1"/>')},
    "cells in disorder": row(b'<c r="B9"/><c r="A9"/>'),
    "a row without a number": {SHEET: inside(b"</sheetData>", b'<row r="x"/>')},
    "a word without end": row(b'<c r="A9" t="str"><v>' + HEAVY + b"</v></c>"),
    "a row without end": row(b"<a/>" * 200_000),
    "an unknown string": row(b'<c r="A9" t="s"><v>99</v></c>'),
    "a number that is none": row(b'<c r="A9"><v>beaucoup</v></c>'),
    "a text without end": styles(HEAVY),
    "a tree without end": styles(b"<a/>" * 200_000),
    "a tree too deep": styles(b"<a>" * 100 + b"</a>" * 100),
    "strings without end": lambda made: sharing(made, b"<si/>" * 1001),
    "a sheet called strings": lambda made: sharing(made, b"", name=SHEET),
    "too many parts": {f"xl/media/{rank}.png": bytes for rank in range(2000)},
    "a part that unfolds": {"xl/media/a.xml": lambda _: b"<a><!--" + b" " * 70_000_000 + b"--></a>"},
    "no list of parts": {TYPES: lambda _: b""},
    "another thing": {"xl/workbook.xml": lambda _: b"<html/>"},
}


@pytest.mark.slow
@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_workbook_is_refused_and_costs_little(how, monkeypatch):
    monkeypatch.setattr(table_rows, "MOST_STRINGS", 1000)
    made, change = book(["Objet", "Montant"], ["x", 1]), HOSTILE[how]
    content = change(made) if callable(change) else rewritten(made, change)
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as raised:
            read(content, bounds=Bounds(50_000_000, 1000, 20))
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()
    known = ("est abîmé", "ses propres entités", "de 20 colonnes", "de 1\u202f000 lignes", "trop lourd")
    assert any(says in raised.value.sentence for says in known), raised.value.sentence


# --- What leaves comes back ------------------------------------------------------------------------------------------
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["=1", "'=1", "' =1", "''", "#N/A", "\t=1", "1,5"]
)
ROWS = st.lists(
    st.tuples(
        TEXTS.filter(lambda text: ILLEGAL.sub("", text).strip() != ""),
        st.decimals(-(10**9), 10**9, places=2) | st.integers(-(10**9), 10**9),
        st.dates(date(1900, 3, 1), date(2100, 1, 1)) | st.none(),
        st.booleans(),
    ),
    max_size=5,
)
LEAVING: Sheet[tuple[Any, ...]] = Sheet(
    "essai",
    "essai",
    "Essai",
    (
        Field("Objet", lambda row: row[0]),
        Field("Montant", lambda row: row[1], Kind.AMOUNT),
        Field("Payé le", lambda row: row[2], Kind.DAY),
        Field("Soldé", lambda row: row[3], Kind.YES_NO),
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@given(rows=ROWS)
def test_what_the_house_exports_is_read_back_equal(format, rows):
    file = io.BytesIO()
    write(LEAVING, rows, file, format=format)
    found = Table(file, BOUNDS)
    found.require(*LEAVING.headers)
    assert [
        (line.text("Objet"), line.amount("Montant"), line.day("Payé le", is_wanted=False), line.text("Soldé"))
        for line in found
    ] == [(ILLEGAL.sub("", text).strip(), amount, day, "oui" if flag else "non") for text, amount, day, flag in rows]


def test_an_instant_comes_back_as_it_is_shown():
    sheet: Sheet[datetime] = Sheet("essai", "essai", "Essai", (Field("Le", lambda row: row, Kind.INSTANT),))
    for format in FORMATS:
        file = io.BytesIO()
        write(sheet, [datetime(2026, 7, 1, 22, 30, tzinfo=UTC)], file, format=format)
        assert [line.texts for line in Table(file, BOUNDS)] == [["2026-07-02 00:30:00"]]


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_memory_stays_flat_whatever_the_number_of_rows(format):
    def rows(count: int) -> Iterator[tuple[Any, ...]]:
        for rank in range(count):
            yield f"Dépense {rank % 50}", Decimal(rank) / 100, date(2026, 1, 1) + timedelta(days=rank % 300), True

    peaks = []
    for count in (500, 5000):
        file = io.BytesIO()
        write(LEAVING, rows(count), file, format=format)
        tracemalloc.start()
        total = sum(line.amount("Montant") or 0 for line in Table(file, Bounds(50_000_000, 200_000)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert total == sum(Decimal(rank) / 100 for rank in range(count))
    assert peaks[1] - peaks[0] < 1024 * 1024
