"""Expenses read from a file (CSV or XLSX), and the columns under which they leave: the same, so that one reads back."""

from __future__ import annotations

from collections.abc import Container, Iterator
from decimal import Decimal
from typing import IO

from socle.grants import rules
from socle.grants.eligibility import invoice_key_of
from socle.grants.models import CostCategory, Expense, GrantPartner
from socle.lib import annotated
from socle.lib.money import euros
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.tables import Bounds, Fault, Line, Table
from socle.lib.text import folded

BOUNDS = Bounds(size=100 * 1024 * 1024, rows=200_000, columns=64, is_all_seen=True)
WANTED = ("Catégorie", "Objet", "Date de la facture", "Montant HT")
TEXTS = {
    "Fournisseur": ("supplier", 160),
    "SIRET du fournisseur": ("supplier_siret", 14),
    "Facture": ("invoice_number", 60),
    "Ligne de la facture": ("invoice_line", 60),
    "Mandat": ("mandate", 30),
    "Bordereau": ("bordereau", 30),
    "Article": ("account", 20),
    "Section": ("section", 20),
    "Personne": ("person", 120),
}
DAYS = {
    "Début de la prestation": "service_from",
    "Fin de la prestation": "service_until",
    "Mandatée le": "mandated_on",
    "Payée le": "paid_on",
}
# Written in the file that leaves, and never read: they are computed, or known already.
COMPUTED = ("Ligne", "Partenaire", "Verdict", "Éligible", "Pourquoi", "Ce qui manque")
SHARE = "Part imputée (%)"
# Read to be compared with the rest.
COMPARED = ("SIRET du partenaire", "Montant TTC")
# The highest rate of VAT here: several rates on one invoice give any rate below, and none above. Lines are rounded.
HIGHEST_VAT, ROUNDING = Decimal("0.20"), Decimal("0.05")
AMOUNTS = {"TVA": "vat", "Autre financement": "other_funding"}

SHEET: Sheet[Expense] = Sheet(
    "expenses",
    "depenses",
    "Dépenses de l’opération",
    (
        Field("Ligne", lambda one: one.pk, Kind.NUMBER),
        Field("Partenaire", lambda one: one.partner.operator.name),
        Field("SIRET du partenaire", lambda one: one.partner.operator.siret, Kind.CODE),
        Field("Catégorie", lambda one: one.category.name),
        Field("Objet", lambda one: one.subject),
        Field("Fournisseur", lambda one: one.supplier),
        Field("SIRET du fournisseur", lambda one: one.supplier_siret, Kind.CODE),
        Field("Facture", lambda one: one.invoice_number, Kind.CODE),
        Field("Ligne de la facture", lambda one: one.invoice_line, Kind.CODE),
        Field("Date de la facture", lambda one: one.invoiced_on, Kind.DAY),
        Field("Début de la prestation", lambda one: one.service_from, Kind.DAY),
        Field("Fin de la prestation", lambda one: one.service_until, Kind.DAY),
        Field("Marché", lambda one: one.contract.number if one.contract else "", Kind.CODE),
        Field("Montant HT", lambda one: one.net, Kind.AMOUNT),
        Field("TVA", lambda one: one.vat, Kind.AMOUNT),
        Field("Montant TTC", lambda one: one.gross, Kind.AMOUNT),
        Field(SHARE, lambda one: one.key, Kind.SHARE),
        Field("Autre financement", lambda one: one.other_funding, Kind.AMOUNT),
        Field("Mandat", lambda one: one.mandate, Kind.CODE),
        Field("Bordereau", lambda one: one.bordereau, Kind.CODE),
        Field("Mandatée le", lambda one: one.mandated_on, Kind.DAY),
        Field("Payée le", lambda one: one.paid_on, Kind.DAY),
        Field("Article", lambda one: one.account, Kind.CODE),
        Field("Section", lambda one: one.section, Kind.CODE),
        Field("Personne", lambda one: one.person),
        Field("Verdict", lambda one: "retirée" if one.withdrawn_at else one.get_state_display()),
        Field("Éligible", lambda one: one.eligible, Kind.AMOUNT),
        Field("Pourquoi", lambda one: one.why),
        Field("Ce qui manque", lambda one: one.missing),
    ),
    is_personal=True,
)

# The columns of a file to fill in.
TEMPLATE: Sheet[Expense] = Sheet(
    "expenses_template",
    "modele-depenses",
    "Dépenses à importer",
    tuple(one for one in SHEET.fields if one.header not in (*COMPUTED, *COMPARED)),
)


def read_expenses(partner: GrantPartner, file: IO[bytes]) -> Iterator[Expense]:
    """Yield the expenses of a file, not saved. Raises Refused, at its end for the faults of its lines, all together."""
    table = Table(file, BOUNDS)
    table.require(*WANTED)
    present = _known_columns(table)
    unnamed = [place for place, header in enumerate(table.headers) if not header]
    optional = [one for one in (*TEXTS, *DAYS, *AMOUNTS, SHARE, "Marché") if folded(one) in present]
    categories = {folded(name): one for one in partner.operation.categories.all() for name in (one.code, one.name)}
    offered = " ou ".join(
        f"«\u00a0{one.name}\u00a0»" for one in dict.fromkeys(categories.values()) if one.kind != CostCategory.Kind.FLAT
    )
    contracts = {one.number: one for one in partner.contracts.all()}
    for line in table:
        for place in unnamed:
            if line.texts[place]:
                line.note_at(place, "cette case est dans une colonne sans nom\u00a0: nommez la colonne, ou ôtez-la.")
        expense = Expense(partner=partner)
        category = categories.get(folded(line.text("Catégorie") or ""))
        contract = None
        expense.subject = _text(line, "Objet", 200)
        expense.invoiced_on, net = line.day("Date de la facture"), line.amount("Montant HT")  # type: ignore[assignment]
        for header in optional:
            if header in TEXTS:
                name, most = TEXTS[header]
                setattr(expense, name, _text(line, header, most, is_wanted=False))
            elif header in DAYS:
                setattr(expense, DAYS[header], line.day(header, is_wanted=False))
            elif header in AMOUNTS:
                setattr(expense, AMOUNTS[header], line.amount(header, is_wanted=False) or Decimal(0))
            elif header == "Marché":
                number = line.text(header, is_wanted=False)
                contract = contracts.get(number) if number else None
                if number and contract is None:
                    says = f"le marché «\u00a0{number[:40]}\u00a0» n’est pas saisi\u00a0: saisissez-le d’abord."
                    line.note(says, header)
            elif (share := line.amount(header, is_wanted=False, places=4, is_percent=True)) is not None:
                expense.key = share
        if category is None:
            line.note(f"cette catégorie n’est pas de cette opération\u00a0: écrivez {offered}.", "Catégorie")
        if not line.is_sound or category is None or net is None:
            continue
        expense.category, expense.contract, expense.net = category, contract, net
        expense.supplier_siret = expense.supplier_siret.replace(" ", "")
        if reason := rules.why_not_expense(expense, category, contract):
            line.note(f"{reason[0].lower()}{reason[1:]}")
            continue
        _compare(line, expense, {header for header in COMPARED if folded(header) in present})
        if not line.is_sound:
            continue
        expense.invoice_key = invoice_key_of(expense.supplier, expense.supplier_siret, expense.invoice_number)
        yield expense


def _known_columns(table: Table) -> set[str]:
    """Return the columns of a file, folded; note those that are none of ours, and those that would be read twice."""
    present: set[str] = set()
    known = {folded(header) for header in (*SHEET.headers, annotated.HEADER)}
    for column, header in enumerate(table.headers, start=1):
        name = folded(header)
        if header and name not in known:
            says = "cette colonne n’est pas connue\u00a0: nommez-la comme dans le modèle, ou ôtez-la."
            table.note(Fault(1, says, header, column))
        elif header and name in present:
            table.note(Fault(1, "cette colonne est nommée deux fois\u00a0: n’en gardez qu’une.", header, column))
        present.add(name)
    return present


def _compare(line: Line, expense: Expense, present: Container[str]) -> None:
    """Note what the line says twice, and not in the same way."""
    operator, is_staff = expense.partner.operator, expense.category.kind == CostCategory.Kind.STAFF
    if "SIRET du partenaire" in present:
        siret = (line.text("SIRET du partenaire", is_wanted=False) or "").replace(" ", "")
        if siret and siret != operator.siret:
            line.note(f"ce n’est pas celui de {operator.name}\u00a0: ôtez cette ligne.", "SIRET du partenaire")
    gross = line.amount("Montant TTC", is_wanted=False) if "Montant TTC" in present else None
    if gross not in (None, expense.gross):
        says = f"le montant HT et la TVA font {euros(expense.gross)}\u00a0: corrigez l’un des trois."
        line.note(says, "Montant TTC")
    if is_staff:
        return
    if expense.vat > expense.net * HIGHEST_VAT + ROUNDING:
        line.note(f"aucun taux ne la donne pour {euros(expense.net)} hors taxes\u00a0: corrigez l’un des deux.", "TVA")
    if expense.paid_on and expense.paid_on < expense.invoiced_on:
        line.note("le paiement précède la facture\u00a0: corrigez l’une des deux dates.", "Payée le")


def _text(line: Line, header: str, most: int, *, is_wanted: bool = True) -> str:
    words = line.text(header, is_wanted=is_wanted) or ""
    if len(words) > most:
        line.note(f"ce texte a plus de {most} caractères\u00a0: raccourcissez-le.", header)
    return words
