"""The files of a claim: its statement as a workbook, its lines for programs, its evidence as one indexed archive."""

from __future__ import annotations

import csv
import html
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.grants.models import Claim, ClaimLine, Contract, Evidence, OperationRevenue, Statement
from socle.grants.queries import indicators, plan_of
from socle.grants.statements import FICTITIOUS, as_pdf, lines_of
from socle.lib.archives import Archive, PartDone, Shelf
from socle.lib.money import to_cents
from socle.lib.spreadsheet import Cell, Field, Formula, Kind, Sheet, harmless, write_csv, write_xlsx
from socle.lib.tables import letter_of
from socle.lib.text import bytes_in_french, counted, slug

CHUNK = 1000
FRENCH_LINES = "lignes.csv"


def _of(line: ClaimLine, name: str) -> Cell:
    return getattr(line.expense, name) if line.expense is not None else None


# The columns of the guides of several authorities, together.
STATEMENT: Sheet[ClaimLine] = Sheet(
    "statement",
    "etat",
    "État récapitulatif des dépenses",
    (
        Field("N°", lambda one: one.rank, Kind.NUMBER),
        Field("SIRET du partenaire", lambda one: one.partner.operator.siret, Kind.CODE),
        Field("Partenaire", lambda one: one.partner.operator.name),
        Field("Poste de dépense", lambda one: one.category.name),
        Field("Forfait", lambda one: one.expense is None, Kind.YES_NO),
        Field("Fournisseur", lambda one: _of(one, "supplier")),
        Field("SIRET du fournisseur", lambda one: _of(one, "supplier_siret"), Kind.CODE),
        Field("Personne", lambda one: _of(one, "person")),
        Field("Facture", lambda one: _of(one, "invoice_number"), Kind.CODE),
        Field("Ligne de la facture", lambda one: _of(one, "invoice_line"), Kind.CODE),
        Field("Date de la facture", lambda one: _of(one, "invoiced_on"), Kind.DAY),
        Field("Marché", lambda one: _contract(one, "number"), Kind.CODE),
        Field("Procédure", lambda one: _contract(one, "get_procedure_display")),
        Field("Objet", lambda one: one.expense.subject if one.expense else one.category.name),
        Field("HT, ou salaire brut", lambda one: _of(one, "net"), Kind.AMOUNT),
        Field("TVA, ou charges patronales", lambda one: _of(one, "vat"), Kind.AMOUNT),
        Field("TTC, ou coût chargé", lambda one: _of(one, "gross"), Kind.AMOUNT),
        Field("Part imputée (%)", lambda one: _share(one), Kind.SHARE),
        Field("Autre financement", lambda one: _of(one, "other_funding"), Kind.AMOUNT),
        Field("Mandat", lambda one: _of(one, "mandate"), Kind.CODE),
        Field("Bordereau", lambda one: _of(one, "bordereau"), Kind.CODE),
        Field("Date du mandat", lambda one: _of(one, "mandated_on"), Kind.DAY),
        Field("Date du paiement", lambda one: _of(one, "paid_on"), Kind.DAY),
        Field("Article budgétaire", lambda one: _of(one, "account"), Kind.CODE),
        Field("Section", lambda one: _of(one, "section"), Kind.CODE),
        Field("Convention", lambda one: _agreement(one), Kind.CODE),
        Field("Montant demandé", lambda one: one.eligible, Kind.AMOUNT),
        Field("Pourquoi moins", lambda one: one.reason),
        Field("Montant accepté", lambda one: one.accepted, Kind.AMOUNT),
        Field("Motif du rejet", lambda one: one.refusal),
    ),
)
CLAIMED, ACCEPTED = "Montant demandé", "Montant accepté"


def _share(line: ClaimLine) -> Cell:
    """The share of a line in per cent, without the zeros that say nothing: 62,5 and 100."""
    if line.expense is None:
        return None
    key = line.expense.key
    return key.quantize(Decimal(1)) if key == key.to_integral_value() else key.normalize()


def _contract(line: ClaimLine, name: str) -> Cell:
    contract = line.expense.contract if line.expense is not None else None
    value = getattr(contract, name) if contract is not None else ""
    return value() if callable(value) else value


def _agreement(line: ClaimLine) -> Cell:
    return line.expense.agreement.number if line.expense is not None and line.expense.agreement else ""


def write_statement(claim: Claim, file: IO[bytes]) -> int:
    """Write the statement as a workbook; return how many lines.

    Below its lines stands their total as the claim keeps it, then the same as the spreadsheet adds it up: whoever
    controls it sees both, and which one is ours.
    """
    cells = (STATEMENT.cells(line) for line in lines_of(claim))
    return write_xlsx(file, STATEMENT, cells, foot=lambda last: _foot(claim, last))


def _foot(claim: Claim, last: int) -> Iterator[list[Cell]]:
    kept = {CLAIMED: claim.eligible} if claim.accepted is None else {CLAIMED: claim.eligible, ACCEPTED: claim.accepted}
    columns = {name: letter_of(STATEMENT.headers.index(name) + 1) for name in kept}
    yield _row("Total de la demande", kept)
    yield _row(
        "Somme des lignes, par formule",
        {name: Formula(f"SUM({letter}2:{letter}{last})") for name, letter in columns.items()},
    )
    if claim.operation.is_fictitious:
        yield _row(FICTITIOUS, {})


def _row(label: str, cells: Mapping[str, Cell]) -> list[Cell]:
    return [label if header == "Poste de dépense" else cells.get(header) for header in STATEMENT.headers]


# The same columns, then what programs join to the rest: as CSV, in the archive and beside it.
SERVICE = (
    Field[ClaimLine]("Début de la prestation", lambda one: _of(one, "service_from"), Kind.DAY),
    Field[ClaimLine]("Fin de la prestation", lambda one: _of(one, "service_until"), Kind.DAY),
)
PIECES = "Pièces (SHA-256)"


def write_french_lines(claim: Claim, file: IO[bytes]) -> int:
    """Write the lines as CSV that a spreadsheet of here opens and adds up; return how many.

    The columns of the statement, the days of the service, and the SHA-256 of the pieces, each in the archive.
    """
    headers = [*STATEMENT.headers, *(one.header for one in SERVICE), PIECES]
    return write_csv(file, headers, _french_rows(claim))


def _french_rows(claim: Claim) -> Iterator[list[Cell]]:
    for chunk in _chunks(lines_of(claim)):
        hashes = hashes_of(chunk)
        for line in chunk:
            pieces = " ".join(dict.fromkeys(hashes.get(line.expense_id, ())))
            yield [*STATEMENT.cells(line), *(one.value(line) for one in SERVICE), pieces]


LINES = (
    "line", "partner_siret", "partner", "category", "is_flat_rate", "supplier", "supplier_siret", "invoice_number",
    "invoice_line", "invoiced_on", "service_from", "service_until", "subject", "net", "vat", "gross", "key",
    "other_funding", "mandate", "mandated_on", "paid_on", "eligible", "accepted", "reason", "sha256",
)  # fmt: skip


def write_lines(claim: Claim, file: IO[bytes]) -> int:
    """Write the lines as CSV for programs: semicolons, plain decimals, ISO days; return how many.

    `eligible` is the amount claimed and `accepted` that of the answer; `reason` says why either is less than it could
    be; `sha256` are the pieces, separated by spaces, each in the archive of evidence.
    """
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(LINES)
    count = 0
    for chunk in _chunks(lines_of(claim)):
        hashes = hashes_of(chunk)
        for line in chunk:
            writer.writerow([_plain(cell) for cell in _line(line, hashes.get(line.expense_id, ()))])
            count += 1
    text.detach()
    return count


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(" ".join(value.split()))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _line(line: ClaimLine, hashes: Iterable[str]) -> list[object]:
    one = line.expense
    names = (
        "supplier", "supplier_siret", "invoice_number", "invoice_line", "invoiced_on", "service_from", "service_until",
        "subject", "net", "vat", "gross", "key", "other_funding", "mandate", "mandated_on", "paid_on",
    )  # fmt: skip
    return [
        line.rank, line.partner.operator.siret, line.partner.operator.name, line.category.code,
        "true" if one is None else "false", *(None if one is None else getattr(one, name) for name in names),
        line.eligible, line.accepted, line.refusal or line.reason, " ".join(dict.fromkeys(hashes)),
    ]  # fmt: skip


def _chunks(lines: Iterable[ClaimLine]) -> Iterator[list[ClaimLine]]:
    rows = iter(lines)
    while chunk := [one for _, one in zip(range(CHUNK), rows, strict=False)]:
        yield chunk


def hashes_of(lines: list[ClaimLine]) -> dict[int | None, list[str]]:
    """The SHA-256 of the pieces of the expenses of these lines."""
    found: dict[int | None, list[str]] = defaultdict(list)
    pieces = Evidence.objects.filter(expense__in=[one.expense_id for one in lines], withdrawn_at=None)
    for expense, sha256 in pieces.order_by("kind", "pk").values_list("expense", "document__sha256"):
        found[expense].append(sha256)
    return found


def pieces_of(lines: list[ClaimLine]) -> dict[int, list[Evidence]]:
    """The pieces of each of these lines that were not withdrawn, those that a controller asked for since included."""
    found: dict[int, list[Evidence]] = {one.pk: [] for one in lines}
    by_expense = {one.expense_id: one.pk for one in lines if one.expense_id is not None}
    pieces = Evidence.objects.filter(expense__in=by_expense, withdrawn_at=None).select_related("document")
    for one in pieces.order_by("expense", "kind", "pk"):
        found[by_expense[one.expense_id]].append(one)
    return found


# --- The archive of evidence -----------------------------------------------------------------------------------------
def write_evidence(claim: Claim, path: Path, *, at: datetime) -> None:
    """Write the archive of evidence of a claim: what was begun is resumed, and nothing is in it twice.

    A folder by partner, with the pieces of its lines, its statement and its visa; an index for people, another for
    programs, and the SHA-256 of each file. Pieces are copied one by one, whatever their weight.
    """
    archive = Archive(path, at=at)
    try:
        for statement in claim.statements.select_related("partner__operator", "document", "visa"):
            _put_partner(archive, claim, statement)
        _put_papers(archive, claim, at=at)
        about = {
            "operation": claim.operation.name,
            "claim": claim.number,
            "is_fictitious": claim.operation.is_fictitious,
            "eligible": f"{claim.eligible:f}",
            "aid": f"{claim.aid:f}",
            "accepted": None if claim.accepted is None else f"{claim.accepted:f}",
        }
        archive.finish(lambda parts: _index(claim, parts), about)
    except BaseException:
        archive.close()
        raise


def _put_partner(archive: Archive, claim: Claim, statement: Statement) -> None:
    operator = statement.partner.operator
    code = operator.code
    if archive.has(code):
        return
    with archive.part(code, operator.name, "Pièces justificatives, état certifié et visé.") as shelf:
        rows: list[tuple[object, ...]] = []
        paths: dict[int, str] = {}
        for chunk in _chunks(lines_of(claim, statement.partner)):
            pieces = pieces_of(chunk)
            for line in chunk:
                for one in pieces[line.pk]:
                    document = one.document
                    if document.pk not in paths:
                        stem = f"{line.rank:05}-{one.kind}-{slug(document.title)[:60]}"
                        with documents.open_stream(document) as content:
                            paths[document.pk] = shelf.copy(stem + _extension(document), content, at=document.kept_at)
                    rows.append((line.rank, one.get_kind_display(), paths[document.pk], document.sha256))
        for name, kept in (("etat-certifie", statement.document), ("etat-vise", statement.visa)):
            if kept is not None:
                with documents.open_stream(kept) as content:
                    shelf.copy(name + _extension(kept), content, at=kept.kept_at)
        shelf.table("pieces.csv", ("Ligne", "Nature", "Fichier", "SHA-256"), rows)


def _put_papers(archive: Archive, claim: Claim, *, at: datetime) -> None:
    if archive.has("dossier"):
        return
    with archive.part(
        "dossier",
        "Dossier",
        "État récapitulatif, lignes, plan, indicateurs, marchés, personnel, recettes, publicité, acte attributif.",
    ) as shelf:
        shelf.add("etat-recapitulatif.pdf", whole_pdf(claim, at=at))
        with shelf.open("etat-recapitulatif.xlsx") as file:
            book = io.BytesIO()
            write_statement(claim, book)
            file.write(book.getvalue())
        with shelf.open(FRENCH_LINES) as file:
            book = io.BytesIO()
            write_french_lines(claim, book)
            file.write(book.getvalue())
        _put_sheets(shelf, claim)
        for paper in claim.operation.papers.select_related("document").exclude(kind="application"):
            with documents.open_stream(paper.document) as content:
                name = f"{paper.kind}-{slug(paper.name)[:60]}-v{paper.version}{_extension(paper.document)}"
                shelf.copy(name, content, at=paper.document.kept_at)
        contracts = {
            one.expense.contract for one in lines_of(claim) if one.expense is not None and one.expense.contract
        }
        for contract in sorted(contracts, key=lambda one: one.number):
            if contract.document is not None:
                with documents.open_stream(contract.document) as content:
                    shelf.copy(f"marche-{slug(contract.number)}{_extension(contract.document)}", content)


def _put_sheets(shelf: Shelf, claim: Claim) -> None:
    """Put what a controller asks beside the lines: plan, indicators, purchases, staff, revenue."""
    operation = claim.operation
    plan = plan_of(operation, list(operation.partners.select_related("operator", "operation")))
    shelf.table(
        "plan.csv", ("Partenaire", "Catégorie", "Prévu", "Engagé", "Demandé", "Accepté"),
        (
            (partner.operator.name, category.name, *map(to_cents, cell.amounts))
            for partner in plan.partners for category in plan.categories
            for cell in [plan.cells[partner.pk, category.pk]] if any(cell.amounts)
        ),
    )  # fmt: skip
    found = indicators(operation)
    shelf.table(
        "indicateurs.csv", ("Indicateur", "Réalisé"),
        (("Bénéficiaires équipés", found.beneficiaries), ("Habitants", found.inhabitants),
         ("Services ouverts", found.services)),
    )  # fmt: skip
    contracts = Contract.objects.filter(partner__operation=operation).select_related("partner__operator")
    shelf.table(
        "marches.csv",
        ("Partenaire", "Numéro", "Objet", "Fournisseur", "SIRET", "Montant HT", "Procédure", "Seuil", "Publicité",
         "Attribué le", "Notifié le"),
        (
            (one.partner.operator.name, one.number, one.subject, one.supplier, one.supplier_siret, one.amount,
             one.get_procedure_display(), one.threshold, one.publicity, one.awarded_on, one.notified_on)
            for one in contracts
        ),
    )  # fmt: skip
    staff = claim.lines.exclude(expense__person="").exclude(expense=None).select_related("expense", "partner__operator")
    shelf.table(
        "personnel.csv", ("Partenaire", "Personne", "Du", "Au", "Salaire brut", "Charges", "Quotité (%)", "Demandé"),
        (
            (one.partner.operator.name, one.expense.person, one.expense.service_from, one.expense.service_until,
             one.expense.net, one.expense.vat, _share(one), one.eligible)
            for one in staff.order_by("rank") if one.expense is not None
        ),
    )  # fmt: skip
    revenues = OperationRevenue.objects.filter(partner__operation=operation, withdrawn_at=None)
    shelf.table(
        "recettes.csv", ("Partenaire", "Perçue le", "Montant", "Source"),
        ((one.partner.operator.name, one.received_on, one.amount, one.source)
         for one in revenues.select_related("partner__operator")),
    )  # fmt: skip


def whole_pdf(claim: Claim, *, at: datetime) -> bytes:
    """The statements of all the partners of a claim as one PDF, and their total."""
    statements = claim.statements.select_related("partner__operator", "certified_by").order_by("partner")
    return as_pdf(claim, list(statements), at=at)


def _extension(document: Document) -> str:
    return "." + str(document.file.name).rsplit(".", 1)[-1]


def _index(claim: Claim, parts: list[PartDone]) -> str:
    title = f"Pièces de la demande n° {claim.number}, {claim.operation.name}"
    body = [f"<h1>{html.escape(title)}</h1>"]
    if claim.operation.is_fictitious:
        body.append(f"<p>{FICTITIOUS}</p>")
    for part in parts:
        body.append(f"<h2>{html.escape(part.title)}</h2><p>{html.escape(part.says)}</p>")
        body.append(f"<p>{counted(len(part.files), 'fichier')}, {bytes_in_french(part.size)}.</p><ul>")
        body += [
            f'<li><a href="{html.escape(one.path)}">{html.escape(one.path)}</a> <small>{one.sha256}</small></li>'
            for one in part.files
        ]
        body.append("</ul>")
    page = "".join(body)
    return f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>{html.escape(title)}</title>{page}</html>\n'
