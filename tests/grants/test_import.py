"""A file of expenses: taken whole or not at all, once, and what is wrong says its line and how to mend it."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from socle.grants.actions import expenses
from socle.grants.files import SHEET
from socle.grants.models import Expense, ExpenseImport
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import write
from tests import factories as f
from tests import unfolding
from tests.grants.situations import AT, SUPPLIER, contract, expense

D = Decimal
HEADERS = (
    "Catégorie", "Objet", "Fournisseur", "SIRET du fournisseur", "Facture", "Date de la facture", "Montant HT", "TVA",
    "Part imputée (%)", "Payée le", "Marché",
)  # fmt: skip
ROW = ("materiel", "Achat", "Fournisseur", SUPPLIER, "F-1", "2022-06-01", "100,50", "20,10", "", "2022-07-01", "")


def row(**changes: str) -> tuple[str, ...]:
    return tuple(changes.get(header, value) for header, value in zip(HEADERS, ROW, strict=True))


def table(*rows: tuple[str, ...], headers: tuple[str, ...] = HEADERS, encoding: str = "utf-8") -> bytes:
    return "".join(";".join(line) + "\n" for line in (headers, *rows)).encode(encoding)


def take(partner, by, content: bytes) -> ExpenseImport:
    return expenses.import_expenses(partner, io.BytesIO(content), by=by, at=AT)


def test_a_file_is_taken_with_its_verdicts_a_double_within_it_included(partner, finance):
    contract(partner, finance, "2022-01")
    late = row(**{"Facture": "F-2", "Payée le": "2024-02-01"})
    double = row(Facture="f 1", Objet="Encore")
    taken = take(partner, finance, table(row(Marché="2022-01"), late, double, encoding="cp1252"))
    assert taken.lines == 3
    found = {one.subject + one.invoice_number: one for one in Expense.objects.all()}
    first = found["AchatF-1"]
    assert (first.net, first.vat, first.key) == (D("100.50"), D("20.10"), D(100))
    assert first.state == "incomplete"
    assert first.missing.startswith("La facture")
    assert "Payée le" in found["AchatF-2"].why
    assert "même facture" in found["Encoref 1"].why
    assert {one.recorded_by for one in found.values()} == {finance}


@pytest.mark.slow
def test_the_file_that_leaves_reads_back(operation, partner, finance, cdg):
    one = expense(partner, finance, invoice_line="2", key=D("62.5"))
    for format in ("csv", "xlsx"):
        file = io.BytesIO()
        rows = Expense.objects.filter(pk=one.pk).select_related("partner__operator", "category", "contract")
        write(SHEET, rows, file, format=format)
        Expense.objects.filter(imported__isnull=False).delete()
        ExpenseImport.objects.all().delete()
        file.seek(0)
        taken = expenses.import_expenses(partner, file, by=finance, at=AT)
        again = taken.expenses.get()
        for name in ("category", "subject", "supplier_siret", "invoice_key", "invoice_line", "net", "vat", "key",
                     "paid_on", "mandate", "contract"):  # fmt: skip
            assert getattr(again, name) == getattr(one, name), name


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ((row(Catégorie="autre"),), "Ligne 2, colonne « Catégorie » (A) : cette catégorie n’est pas"),
        ((row(Catégorie="indirects-15"),), "Ligne 2 : « Coûts indirects, 15 % des frais de personnel » est un forfait"),
        ((row(Objet=""),), "Ligne 2, colonne « Objet » (B) : cette case est vide"),
        ((row(Objet="x" * 201),), "plus de 200 caractères"),
        ((row(**{"Montant HT": "dix"}),), "Ligne 2, colonne « Montant HT » (G) : « dix » n’est pas un montant"),
        ((row(**{"Montant HT": "1,005"}),), "trop précis"),
        ((row(**{"Montant HT": "-1"}),), "Ligne 2 : un montant s’écrit sans signe"),
        ((row(**{"Montant HT": "0"}),), "hors taxes est nul"),
        ((row(**{"Montant HT": "1e999"}),), "n’est pas un montant"),
        ((row(**{"Part imputée (%)": "101"}),), "La part imputée va de"),
        ((row(**{"Part imputée (%)": "0"}),), "la part imputée va de"),
        ((row(**{"SIRET du fournisseur": "12345678901234"}),), "Ligne 2"),
        ((row(Marché="inconnu"),), "le marché « inconnu » n’est pas saisi"),
        ((row(), row(**{"Date de la facture": "02/06/2022"})), "écrites de deux façons"),
        (
            (row(), row(Objet="Deux"), row(Objet="=1+1", Facture="")[:6]),
            "Ligne 4 : cette dernière ligne est incomplète",
        ),
        ((row(**{"Date de la facture": "2022-13-01"}),), "n’est pas une date"),
        ((row(**{"Payée le": "2022-05-31"}),), "Ligne 2, colonne « Payée le » (J) : le paiement précède la facture"),
        ((row(TVA="20,16"),), "Ligne 2, colonne « TVA » (H) : aucun taux ne la donne"),
        ((), "aucune ligne"),
    ],
)
def test_what_is_wrong_says_its_line_and_nothing_is_taken(partner, finance, rows, says):
    good = row(Facture="F-0", Objet="Bon")
    content = table(*([good] if rows else []), *rows)
    with pytest.raises(Refused) as refused:
        take(partner, finance, content if rows else table())
    said = refused.value.sentence.replace("\u00a0", " ")
    shifted = says.replace("Ligne 4", "Ligne 5").replace("Ligne 2", "Ligne 3")
    assert shifted.casefold() in said.casefold(), said
    assert not Expense.objects.exists()
    assert not ExpenseImport.objects.exists()


@pytest.mark.parametrize(
    ("header", "cell", "says"),
    [
        ("Montant TTC", "120,60", None),
        ("Montant TTC", "", None),
        ("Montant TTC", "120,61", "colonne « Montant TTC » (L) : le montant HT et la TVA font 120,60 €"),
        ("SIRET du partenaire", "{own}", None),
        ("SIRET du partenaire", SUPPLIER, "colonne « SIRET du partenaire » (L) : ce n’est pas celui de Syndicat"),
        ("Verdict", "éligible", None),
        ("Remarque", "à voir", "Ligne 1, colonne « Remarque » (L) : cette colonne n’est pas connue"),
        ("Remarque", "", "Ligne 1, colonne « Remarque » (L) : cette colonne n’est pas connue"),
    ],
)
def test_what_the_file_says_twice_agrees_and_no_column_is_left_out_in_silence(partner, finance, header, cell, says):
    cells = (*row(), cell.format(own=partner.operator.siret))
    content = table(cells, headers=(*HEADERS, header))
    if says is None:
        assert take(partner, finance, content).lines == 1
        return
    with pytest.raises(Refused) as refused:
        take(partner, finance, content)
    assert says in refused.value.sentence.replace("\u00a0", " ").replace("\u202f", " ")
    assert not Expense.objects.exists()


@pytest.mark.parametrize(("vat", "paid"), [("20,15", "2022-06-01"), ("0", "")])
def test_what_is_just_within_is_taken(partner, finance, vat, paid):
    assert take(partner, finance, table(row(TVA=vat, **{"Payée le": paid}))).lines == 1


def test_charges_are_no_vat_and_pay_comes_before_the_end_of_its_month(partner, finance):
    headers = (*HEADERS, "Personne", "Début de la prestation", "Fin de la prestation")
    changes = {"Catégorie": "personnel", "TVA": "45,00", "Date de la facture": "2022-06-30", "Payée le": "2022-06-28"}
    cells = (*row(**changes), "Personne fictive", "2022-06-01", "2022-06-30")
    assert take(partner, finance, table(cells, headers=headers)).lines == 1


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<x/>")
        with made.open("xl/workbook.xml", "w", force_zip64=True) as part:
            unfolding.fill(part, 600)
    return content.getvalue()


def formula() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(list(HEADERS))
    book.active.append([*row()[:6], "=SUM(1;2)", *row()[7:]])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 1000,
        f.pdf,
        lambda: b";".join([b"Objet"] * 1_000_000),
        lambda: table(row(), headers=HEADERS[1:]),
        lambda: table(row(), headers=(*HEADERS[:-1], "Objet")),
        lambda: table(row()).replace(b"Achat", b'"Achat'),
        formula,
        pytest.param(bomb, marks=pytest.mark.slow),
    ],
    ids=["empty", "zeros", "a pdf", "a million columns", "no category", "twice a column", "quote", "formula", "bomb"],
)
def test_what_is_no_table_of_expenses_is_refused_in_french(partner, finance, content):
    with pytest.raises(Refused) as refused:
        take(partner, finance, content if isinstance(content, bytes) else content())
    assert refused.value.sentence[-1] in ".)"
    assert not Expense.objects.exists()


def test_the_same_file_is_not_taken_twice_and_another_partner_may_have_it(partner, cdg, finance):
    content = table(row())
    take(partner, finance, content)
    with pytest.raises(Refused, match="déjà importé"):
        take(partner, finance, content)
    other = cdg.operator.memberships.get(role="finance_officer").user
    take(cdg, other, content)
    assert "même facture" in Expense.objects.get(partner=cdg).why


def test_a_formula_typed_as_words_leaves_as_words(partner, finance):
    one = expense(partner, finance, subject="=HYPERLINK(1)")
    file = io.BytesIO()
    rows = Expense.objects.filter(pk=one.pk).select_related("partner__operator", "category", "contract")
    write(SHEET, rows, file, format="xlsx")
    cells = [cell for line in openpyxl.load_workbook(file).active.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
