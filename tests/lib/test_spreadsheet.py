"""A list opened in a spreadsheet: French, and never computed."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.lib.spreadsheet import as_csv, safe

# As texts that a spreadsheet computes may begin; those of every export are tried with them.
FORMULAS = ("=1+1", "+33", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1+1", "＋1", "－1", "＠a",
            "=HYPERLINK(\"http://exemple.invalid\")", "=cmd|' /C calc'!A0")  # fmt: skip


@pytest.mark.parametrize("hostile", FORMULAS)
def test_a_text_never_begins_like_a_formula(hostile):
    assert safe(hostile).startswith("'")


@pytest.mark.parametrize("text", ["Prisches", "L’Œuf", "59474", "Vieux-Condé", ""])
def test_an_ordinary_text_is_left_as_it_is(text):
    assert safe(text) == text


def test_values_are_written_as_french_people_and_spreadsheets_read_them():
    assert safe(Decimal("-1234.50")) == "-1234,50"
    assert safe(-3) == "-3"
    assert safe(date(2026, 12, 1)) == "2026-12-01"
    assert safe(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "2026-07-02 00:30:00"
    assert (safe(True), safe(False), safe(None)) == ("oui", "non", "")


def test_a_file_opens_with_its_accents_and_its_columns():
    content = as_csv(["Nom", "Note"], [["Étrœungt", 'dit ; "bien"\nsur deux lignes']])
    assert content.startswith(b"\xef\xbb\xbfNom;Note\r\n")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["Nom", "Note"], ["Étrœungt", 'dit ; "bien"\nsur deux lignes']]


@given(st.lists(st.text(), min_size=1, max_size=4))
@pytest.mark.slow
def test_whatever_the_text_a_row_stays_a_row_and_no_cell_is_a_formula(cells):
    content = as_csv(["a"] * len(cells), [cells])
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(rows) == 2
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows[1])
