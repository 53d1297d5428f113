"""Cells copied from a spreadsheet: read as they were seen, under the rules of a file, each fault in its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.grants.actions import expenses
from socle.grants.files import TEMPLATE
from socle.grants.models import Expense
from socle.grants.pasting import MOST_COLUMNS, MOST_ROWS, Pasted
from socle.lib.refusals import Refused
from tests.grants.situations import AT

D = Decimal
NAMES = "Catégorie\tObjet\tFournisseur\tDate de la facture\tMontant HT\tTVA"
ROW = "Matériels et équipements\tBornes\tAtelier\t12/03/2022\t1 234,56 €\t246,91"


def told(partner, text: str) -> list[tuple[int, int, str]]:
    return [(one.line, one.column, one.says.replace("\u00a0", " ")) for one in Pasted.of(text).read(partner)[1]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n\n", ""])
def test_french_amounts_and_dates_are_read(partner, finance, end):
    text = NAMES + (end or "\n") + ROW + end
    found, faults = Pasted.of(text).read(partner)
    assert faults == []
    assert [(one.subject, one.invoiced_on, one.net, one.vat) for one in found] == [
        ("Bornes", date(2022, 3, 12), D("1234.56"), D("246.91"))
    ]
    assert not Expense.objects.exists(), "only read"
    pasted = Pasted.of(text)
    expenses.import_expenses(partner, pasted.file(), by=finance, at=AT)
    assert Expense.objects.get().category.code == "materiel"
    with pytest.raises(Refused, match="déjà importé"):
        expenses.import_expenses(partner, pasted.file(), by=finance, at=AT)
    assert Expense.objects.count() == 1


def test_without_names_the_columns_are_those_of_the_template_or_what_a_person_says(partner):
    row = ["materiel", "Bornes", "Atelier", "", "F-1", "", "12/03/2022", "", "", "", "10"]
    assert Pasted.of("\t".join(row)).headers == [*TEMPLATE.headers[:11]]
    assert [one.net for one in Pasted.of("\t".join(row)).read(partner)[0]] == [10]
    other = Pasted.of("Bornes\t10 €\t12/03/2022\tmateriel\tà voir")
    ((*_, says),) = told(partner, other.text)
    assert says == "Dites quelle colonne donne : Date de la facture, Montant HT."
    said = {0: "Objet", 1: "Montant HT", 2: "Date de la facture", 3: "Catégorie", 4: "Verdict"}
    found, faults = other.amended(said, {}).read(partner)
    assert (faults, [(one.subject, one.net) for one in found]) == ([], [("Bornes", 10)])
    _, (twice,) = other.amended(said | {4: "Objet"}, {}).read(partner)
    assert "deux donnent" in twice.says


def test_each_fault_is_where_it_was_pasted_whatever_is_left_aside(partner):
    text = f"Remarque\t{NAMES}\nà voir\t{ROW}\n\n\t{ROW.replace('1 234,56 €', 'cent')}\n\tmatos{ROW[24:]}"
    (cent, matos) = told(partner, text)
    assert (cent[:2], matos[:2]) == ((4, 6), (5, 2))
    assert "« cent » n’est pas un montant" in cent[2]
    assert "n’est pas de cette opération" in matos[2]
    mended = Pasted.of(text).amended(
        {}, {(4, 5): "2000,00\x00", (5, 1): "materiel", (9, 9): "nulle part", (4, 99): "x"}
    )
    assert Pasted.of(mended.text).read(partner)[1] == []
    unnamed = "\n".join(f"materiel\tBornes\t\t\t\t\t{day}\t\t\t\t10" for day in ("12/03/2022", "2022-03-13"))
    ((line, column, says),) = told(partner, unnamed)
    assert (line, column) == (2, 7)
    assert "écrites de deux façons" in says


@pytest.mark.parametrize(
    ("cell", "subject"),
    [
        ('"Deux\tcases"', "Deux\tcases"),
        ('"Deux\nlignes"', "Deux\nlignes"),
        ('"Un ""mot"""', 'Un "mot"'),
        ('Écran 24"', 'Écran 24"'),
        ('"Écran" 24', '"Écran" 24'),
        ('"Écran', '"Écran'),
        ("a;b,c|d", "a;b,c|d"),
        ("+33 3 20", "+33 3 20"),
        ("-", "-"),
        ("'=1+1", "=1+1"),
        ("\u202eéléments\ufeff", "\u202eéléments\ufeff"),
    ],
)
def test_quotes_of_a_spreadsheet_and_other_signs_are_what_was_seen(partner, cell, subject):
    pasted = Pasted.of(f"{NAMES}\n{ROW.replace('Bornes', cell)}")
    found, faults = pasted.read(partner)
    assert ([one.subject for one in found], faults) == ([subject], [])
    assert Pasted.of(pasted.text) == pasted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{NAMES}\n{ROW.replace('Bornes', '=CMD()')}", "commence comme une formule"),
        (f"{NAMES}\n{ROW.replace('1 234,56 €', '=A1*2')}", "commence comme une formule"),
        (f"{NAMES}\n{ROW.replace('Bornes', 'x' * 201)}", "plus de 200 caractères"),
        (f"{NAMES}\n{ROW.replace('1 234,56 €', '1e9')}", "n’est pas un montant"),
        (f"{NAMES}\n{ROW.replace('1 234,56 €', '#REF!')}", "n’est pas un montant"),
        (f"{NAMES}\n{ROW.replace('12/03/2022', '03/13/2022')}", "n’est pas une date"),
        (f"{NAMES}\n{ROW.replace('246,91', '400')}", "aucun taux"),
        (f"{NAMES}\n{ROW}\n" + ROW.replace("Bornes", "\x00"), "cette case est vide"),
        (f"{ROW}", "Dites quelle colonne donne"),
        (ROW.replace("\t", "|"), "Dites quelle colonne donne"),
        ("Bornes", "Dites quelle colonne donne"),
        ("\t\t\t\t", "Dites quelle colonne donne"),
        ('"', "Dites quelle colonne donne"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_read_by_halves(partner, text, says):
    found, faults = Pasted.of(text).read(partner)
    assert found == []
    assert says in " ".join(one.says.replace("\u00a0", " ") for one in faults)


def test_more_than_a_page_is_for_a_file_and_a_page_is_read(partner):
    rows = "\n".join([ROW] * MOST_ROWS)
    assert len(Pasted.of(f"{NAMES}\n{rows}").rows) == len(Pasted.of(rows).rows) == MOST_ROWS
    for text in (f"{NAMES}\n{rows}\n{ROW}", f"{rows}\n{ROW}", "\n".join([ROW] * 10_000), "\n".join("x" * 10_000)):
        with pytest.raises(Refused, match="importez un fichier"):
            Pasted.of(text)
    with pytest.raises(Refused, match="colonnes au plus"):
        Pasted.of("\t" * MOST_COLUMNS)
    assert len(told(partner, f"{NAMES}\n" + "\n".join(["\tx\t\t\t\t"] * MOST_ROWS))) == 100, "the bound of faults"


def test_semicolons_are_read_where_there_is_no_tab(partner):
    text = f"{NAMES}\n{ROW}".replace("\t", ";")
    assert [one.net for one in Pasted.of(text).read(partner)[0]] == [D("1234.56")]


@given(st.lists(st.lists(st.text(st.sampled_from("a\"'=;, é\t\n"), max_size=6), min_size=1, max_size=4), max_size=4))
def test_what_is_read_is_read_again_alike(rows):
    text = "\n".join("\t".join(row) for row in rows)
    once = Pasted.of(text)
    again = Pasted.of(once.text)
    assert [[*row] for row in again.rows if any(row)] == [[*row] for row in once.rows if any(row)]
