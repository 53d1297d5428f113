"""Workbooks of expenses as people lay them out: each is read as it is seen, or its fault is named, with the remedy."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.formula import ArrayFormula

from socle.grants.actions import expenses
from socle.grants.files import BOUNDS, SHEET
from socle.grants.models import Expense
from socle.lib.annotated import HEADER, annotate
from socle.lib.refusals import Refused
from socle.lib.tables import MOST_FAULTS, Faulty
from tests.grants.situations import AT, SUPPLIER

D = Decimal
MIDNIGHT = datetime(2022, 6, 1, tzinfo=UTC).replace(tzinfo=None)
HEADERS = (
    "Catégorie", "Objet", "Fournisseur", "SIRET du fournisseur", "Facture", "Date de la facture", "Montant HT", "TVA",
    "Part imputée (%)", "Payée le",
)  # fmt: skip
FIRST = ("materiel", "Achat", "Fournisseur", SUPPLIER, "F-1", date(2022, 6, 1), 1234.56, 246.91, None, date(2022, 7, 1))
SECOND = ("materiel", "Pose", "Fournisseur", SUPPLIER, "F-2", date(2022, 6, 2), 100, 20, None, date(2022, 7, 2))
TAKEN = [("Achat", D("1234.56"), D("246.91"), D(100)), ("Pose", D("100.00"), D("20.00"), D(100))]
Change = Callable[[openpyxl.Workbook], object]


def book(*changes: Change, rows: tuple[tuple[Any, ...], ...] = (HEADERS, FIRST, SECOND)) -> bytes:
    made, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    for change in changes:
        change(made)
    made.save(content)
    return content.getvalue()


def put(cell: str, value: Any, shown: str = "") -> Change:
    def change(made: openpyxl.Workbook) -> None:
        made.active[cell] = value
        if shown:
            made.active[cell].number_format = shown

    return change


def merged(place: str) -> Change:
    return lambda made: made.active.merge_cells(place)


def hide_column(letter: str) -> Change:
    return lambda made: setattr(made.active.column_dimensions[letter], "hidden", True)


def hide_line(line: int) -> Change:
    return lambda made: setattr(made.active.row_dimensions[line], "hidden", True)


def above(*rows: tuple[Any, ...]) -> Change:
    def change(made: openpyxl.Workbook) -> None:
        made.active.insert_rows(1, len(rows))
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                made.active.cell(line, column, value)

    return change


def since_1904(made: openpyxl.Workbook) -> None:
    made.epoch = CALENDAR_MAC_1904


def another_sheet(made: openpyxl.Workbook) -> None:
    made.create_sheet("Listes").sheet_state = "hidden"


def an_empty_column(made: openpyxl.Workbook) -> None:
    made.active.insert_cols(3)


def lived_in(made: openpyxl.Workbook) -> None:
    """What people do to a file that changes nothing of what it says."""
    sheet = made.active
    sheet.freeze_panes, sheet.auto_filter.ref, sheet["B2"].comment = "A2", "A1:J3", Comment("à voir", "moi")
    sheet["G2"].number_format = '#,##0.00 "€"'
    sheet["F2"].number_format = "d mmmm yyyy"
    sheet.column_dimensions["A"].width, sheet.row_dimensions[2].height = 3, 80
    sheet.row_dimensions[9].hidden = True


def of(partner, by, content: bytes) -> list[tuple[str, D, D, D]]:
    expenses.import_expenses(partner, io.BytesIO(content), by=by, at=AT)
    return list(Expense.objects.order_by("pk").values_list("subject", "net", "vat", "key"))


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ((), {}),
        ((lived_in,), {}),
        ((since_1904,), {}),
        ((an_empty_column,), {}),
        ((put("G2", "1 234,56"),), {}),
        ((put("G2", "1\u00a0234,56 €"),), {}),
        ((put("G2", "1\u202f234,56"), put("H2", "246.91")), {}),
        ((put("F2", "01/06/2022"), put("J2", "01/07/2022")), {}),
        ((put("F2", MIDNIGHT),), {}),
        ((put("I2", 0.625, "0.0%"),), {"key": D("62.5")}),
        ((put("I2", "62,5 %"),), {"key": D("62.5")}),
        ((put("I2", 62.5),), {"key": D("62.5")}),
        ((put("I2", 1, "0%"),), {}),
        ((put(f"{'K'}1", HEADER), put("K2", "Corrigé")), {}),
    ],
    ids=[
        "as it is", "lived in", "days since 1904", "an empty column", "an amount typed", "a space that does not break",
        "a narrow one", "days typed", "a day at midnight", "a percentage", "a percentage typed", "a share", "the whole",
        "given back before",
    ],
)  # fmt: skip
def test_what_is_laid_out_otherwise_is_read_as_it_is_seen(partner, finance, changes, first):
    wanted = (*TAKEN[0][:3], first.get("key", D(100)))
    assert of(partner, finance, book(*changes)) == [wanted, TAKEN[1]]
    one = Expense.objects.earliest("pk")
    assert (one.invoiced_on, one.paid_on) == (date(2022, 6, 1), date(2022, 7, 1))


FAULTS: dict[str, tuple[tuple[Change, ...], str, str]] = {
    "cells merged": (
        (merged("A2:A3"),), "ligne 2, colonne « Catégorie » (A)", "fusionnée jusqu’à A3 : défusionnez-les",
    ),
    "cells merged across": ((merged("G2:H2"),), "ligne 2, colonne « Montant HT » (G)", "fusionnée jusqu’à H2"),
    "headers merged": ((merged("G1:H1"),), "ligne 1, colonne « Montant HT » (G)", "fusionnée jusqu’à H1"),
    "a second line of headers": (
        (lambda made: made.active.insert_rows(2), put("A2", "code"), put("G2", "en euros")),
        "ligne 2, colonne « Montant HT » (G)", "« en euros » n’est pas un montant",
    ),
    "a hidden column": ((hide_column("H"),), "ligne 1, colonne « TVA » (H)", "masquée dans le classeur : affichez-la"),
    "a hidden line": ((hide_line(3),), "ligne 3", "masquée dans le classeur : affichez-la, ou supprimez-la"),
    "hidden headers": ((hide_line(1),), "ligne 1", "masquée dans le classeur"),
    "a day as a number": (
        (put("F2", 44713, "General"),), "ligne 2, colonne « Date de la facture » (F)",
        "« 44713 » n’est pas une date : mettez la case au format d’une date",
    ),
    "a day with its hour": ((put("F2", MIDNIGHT + timedelta(hours=9)),), "ligne 2, colonne", "n’est pas une date"),
    "an hour alone": ((put("F2", time(9, 30)),), "ligne 2, colonne", "n’est pas une date"),
    "another way of thousands": ((put("G2", "1.234,56"),), "ligne 2, colonne « Montant HT » (G)", "pas un montant"),
    "the English way": ((put("G2", "1,234.56"),), "ligne 2, colonne « Montant HT » (G)", "pas un montant"),
    "thousands after a comma": ((put("G2", "1,234"),), "ligne 2, colonne « Montant HT » (G)", "trop précis"),
    "a formula that nobody computed": ((put("G2", "=1000+234.56"),), "ligne 2, colonne « Montant HT »", "une formule"),
    "a formula of several cells": (
        (put("G2", ArrayFormula("G2", "=SUM(H2:H3*5)")),), "ligne 2, colonne « Montant HT »", "une formule",
    ),
    "a formula where nothing is read": ((put("K1", "Verdict"), put("K2", "=G2")), "ligne 2", "une formule"),
    "an error": ((put("G2", "#REF!"),), "ligne 2, colonne « Montant HT » (G)", "en erreur"),
    "a percentage for euros": ((put("H2", 0.2, "0%"),), "ligne 2, colonne « TVA » (H)", "est un pourcentage"),
    "yes for euros": ((put("H2", True),), "ligne 2, colonne « TVA » (H)", "« oui » n’est pas un montant"),
    "a column twice": ((put("K1", "tva"), put("K2", 1)), "ligne 1, colonne « tva » (K)", "nommée deux fois"),
    "a column without a name": (
        (an_empty_column, put("C2", "à revoir")), "ligne 2, colonne (C)", "dans une colonne sans nom",
    ),
    "beyond the columns": ((put("M2", "à revoir"),), "ligne 2, colonne (M)", "au-delà des colonnes nommées"),
}  # fmt: skip


@pytest.mark.parametrize("how", FAULTS)
def test_what_would_be_lost_or_misread_is_a_fault_with_its_place_and_its_remedy(partner, finance, how):
    changes, place, says = FAULTS[how]
    with pytest.raises(Faulty) as refused:
        of(partner, finance, book(*changes))
    sentences = [one.sentence.replace("\u00a0", " ") for one in refused.value.faults]
    assert any(one.startswith(place) and says in one for one in sentences), sentences
    assert not Expense.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((above(("Dépenses de 2022",)), merged("A1:J1")), "le sont ici à la ligne 2 : ôtez ce qui la précède"),
        ((above(("Qui", None, None, None, "Quand", None, "Combien"), ()),), "le sont ici à la ligne 3"),
        ((above(*[("Note",)] * 21),), "il y manque « Catégorie », « Objet », « Date de la facture », « Montant HT »"),
        ((another_sheet,), "plusieurs feuilles (« Sheet », « Listes »)"),
    ],
    ids=["a title", "two lines of headers", "far below", "a hidden sheet"],
)
def test_what_is_not_laid_out_as_a_table_says_how_to_mend_it(partner, finance, changes, says):
    with pytest.raises(Refused) as refused:
        of(partner, finance, book(*changes))
    assert says in refused.value.sentence.replace("\u00a0", " ")
    assert not Expense.objects.exists()


@pytest.mark.slow
def test_a_thousand_cells_merged_are_told_a_hundred_at_a_time(partner, finance):
    def change(made: openpyxl.Workbook) -> None:
        for line in range(10, 10 + 3 * MOST_FAULTS, 2):
            made.active.merge_cells(f"A{line}:A{line + 1}")

    with pytest.raises(Faulty) as refused:
        of(partner, finance, book(change))
    assert len(refused.value.faults) == MOST_FAULTS


# --- Given back ------------------------------------------------------------------------------------------------------
def given_back(partner, by, content: bytes) -> tuple[str, bytes]:
    with pytest.raises(Faulty) as refused:
        of(partner, by, content)
    target = io.BytesIO()
    return annotate(io.BytesIO(content), BOUNDS, refused.value.faults, target, like=SHEET), target.getvalue()


def cells_of(content: bytes) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()]


@pytest.mark.slow
def test_a_workbook_comes_back_with_its_faults_and_is_taken_once_mended(partner, finance):
    wrong = book(put("G2", "dix"), put("F3", 44714, "General"), put("I3", 0.5, "0%"), put("B3", "=1+1"))
    format, content = given_back(partner, finance, wrong)
    rows = cells_of(content)
    assert (format, rows[0]) == ("xlsx", [*HEADERS, HEADER])
    assert rows[1][:3] == ["materiel", "Achat", "Fournisseur"]
    assert "« dix » n’est pas un montant" in rows[1][-1].replace("\u00a0", " ")
    assert rows[1][-1].startswith("Colonne «\u00a0Montant HT\u00a0» (G)")
    for says in ("Colonne « Objet » (B) : cette case est une formule",):
        assert says in rows[2][-1].replace("\u00a0", " ")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert (sheet["B3"].value, sheet["B3"].quotePrefix) == ("=1+1", True)
    assert sheet["F2"].is_date
    assert sheet["I3"].value == "50\u00a0%"
    # Mended in the file that came back, its new column left there.
    made = openpyxl.load_workbook(io.BytesIO(content))
    made.active["G2"], made.active["F3"], made.active["B3"] = 1234.56, date(2022, 6, 2), "Pose"
    mended = io.BytesIO()
    made.save(mended)
    assert of(partner, finance, mended.getvalue()) == [TAKEN[0], ("Pose", D("100.00"), D("20.00"), D(50))]


@pytest.mark.slow
def test_a_csv_comes_back_as_csv_and_its_formulas_as_words(partner, finance):
    text = (
        "Catégorie;Objet;Date de la facture;Montant HT;Remarque\n"
        "materiel;=HYPERLINK(1);2022-06-01;100,50;\n\nmateriel;'-deux;2022-06-02;dix;à voir;en trop\n"
    )
    format, content = given_back(partner, finance, text.encode("cp1252"))
    lines = content.decode("utf-8-sig").replace("\u00a0", " ").split("\r\n")
    assert format == "csv"
    assert lines[0] == f"Catégorie;Objet;Date de la facture;Montant HT;Remarque;;{HEADER}"
    assert lines[1].startswith("materiel;'=HYPERLINK(1);2022-06-01;100,50;;;")
    assert "Ligne 1, colonne « Remarque » (E) : cette colonne n’est pas connue" in lines[1]
    assert "commence comme une formule" in lines[1]
    # A blank line stays, so that lines keep their numbers; what stood beyond the columns is there too.
    assert not lines[2].strip(";")
    assert lines[3].startswith("materiel;'-deux;2022-06-02;dix;à voir;en trop;")
    assert "au-delà des colonnes nommées" in lines[3]


@pytest.mark.slow
def test_given_back_twice_it_has_one_column_of_faults(partner, finance):
    content = given_back(partner, finance, book(put("G2", "dix")))[1]
    again = cells_of(given_back(partner, finance, content)[1])
    assert again[0] == [*HEADERS, HEADER]


@pytest.mark.slow
def test_a_file_of_headers_alone_is_given_back_with_its_faults(partner, finance):
    content = given_back(partner, finance, book(rows=((*HEADERS, "Remarque"),)))[1]
    assert re.search("cette colonne n’est pas connue", cells_of(content)[1][-1])


@pytest.mark.slow
def test_beyond_a_hundred_faults_the_file_says_where_it_was_left(partner, finance):
    rows = tuple((*FIRST[:6], "dix", *FIRST[7:]) for _ in range(MOST_FAULTS + 5))
    back = cells_of(given_back(partner, finance, book(rows=(HEADERS, *rows)))[1])
    assert "La lecture s’est arrêtée à cette ligne" in back[MOST_FAULTS][-1]
    assert len(back) == MOST_FAULTS + 6
    assert back[-1][-1] is None


def rewritten(content: bytes, old: bytes, new: bytes) -> bytes:
    """The same workbook, its sheet written otherwise than the library does."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            part = source.read(name)
            assert name != "xl/worksheets/sheet1.xml" or old in part, part
            made.writestr(name, part.replace(old, new) if name.startswith("xl/worksheets") else part)
    return target.getvalue()


@pytest.mark.parametrize(
    ("old", "new"), [(b'hidden="1"', b'hidden="true"'), (b'hidden="1"', b""), (b'min="8"', b'min="7"')]
)
def test_a_column_is_hidden_however_it_is_written(partner, finance, old, new):
    content = rewritten(rewritten(book(hide_column("H")), old, new), b'width="13"', b'width="0"')
    with pytest.raises(Faulty, match="masquée") as refused:
        of(partner, finance, content)
    assert {one.header for one in refused.value.faults} == {"TVA", *(["Montant HT"] if b"min" in old else [])}


def test_a_formula_shared_with_another_cell_is_one(partner, finance):
    shared = b'<c r="G2"><f t="shared" si="0"/><v>1234.56</v></c>'
    content = rewritten(book(), b'<c r="G2" t="n"><v>1234.56</v></c>', shared)
    with pytest.raises(Faulty, match="une formule"):
        of(partner, finance, content)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (hide_column("H"), b'min="8"', b'min="huit"'),
        (hide_column("H"), b'max="8"', b'max="-1e9"'),
        (merged("A2:A3"), b'ref="A2:A3"', b'ref="partout"'),
        (merged("A2:A3"), b'ref="A2:A3"', b""),
    ],
)
def test_a_layout_that_is_broken_is_refused_as_any_workbook(partner, finance, change, old, new):
    with pytest.raises(Refused, match="abîmé"):
        of(partner, finance, rewritten(book(change), old, new))
