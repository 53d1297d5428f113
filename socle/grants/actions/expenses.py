"""Actions on expenses: record, correct, withdraw, prove, and import from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction

from socle.documents.models import Document
from socle.grants import rules
from socle.grants.actions.operations import attach, kept
from socle.grants.eligibility import invoice_key_of
from socle.grants.files import read_expenses
from socle.grants.judging import CHUNK, basis_of, judge_again, judge_new
from socle.grants.models import Evidence, Expense, ExpenseImport, GrantPartner
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.models import User

PIECE = 1024 * 1024
# What a person says of an expense; the rest is computed.
FIELDS = (
    "category", "subject", "supplier", "supplier_siret", "invoice_number", "invoice_line", "invoiced_on",
    "service_from", "service_until", "net", "vat", "key", "other_funding", "mandate", "bordereau", "mandated_on",
    "paid_on", "account", "section", "person", "contract", "agreement", "beneficiary_served",
)  # fmt: skip


def _ready(expense: Expense) -> None:
    refuse(rules.why_not_expense(expense, expense.category, expense.contract))
    expense.invoice_key = invoice_key_of(expense.supplier, expense.supplier_siret, expense.invoice_number)


@transaction.atomic
def record(expense: Expense, *, invoice: Document | None = None, by: User, at: datetime) -> Expense:
    """Record an expense that is not saved yet, the invoice it was read of as its first piece, and its verdict.

    Raises Refused.
    """
    refuse(rules.why_not_keep(by, expense.partner, on=dates.day_of(at)))
    if invoice is not None:
        # Of two presses of one button, the second waits here for the first.
        Document.objects.select_for_update().get(pk=invoice.pk)
    refuse(rules.why_not_record_again(expense, invoice))
    _ready(expense)
    expense.recorded_by, expense.recorded_at = by, at
    expense.save(force_insert=True)
    journal.record("expense.recorded", expense, by=by, at=at, partner=expense.partner_id)
    if invoice is None:
        _follow(expense)
    else:
        piece = Evidence(expense=expense, kind=Evidence.Kind.INVOICE)
        add_evidence(piece, invoice, filename="", content_type="", by=by, at=at)
    return expense


@transaction.atomic
def correct(expense: Expense, *, by: User, at: datetime) -> Expense:
    """Keep what was changed of an expense that no claim holds (`FIELDS`), and its verdict. Raises Refused."""
    refuse(rules.why_not_keep(by, expense.partner, on=dates.day_of(at)))
    before = Expense.objects.select_for_update(of=("self",)).select_related("category").get(pk=expense.pk)
    refuse(rules.why_not_change(before) or rules.why_not_recategorise(before.category, expense.category))
    credits = list(expense.evidence.filter(kind=Evidence.Kind.CREDIT, withdrawn_at=None))
    refuse(rules.why_not_less_than_credits(expense, credits))
    _ready(expense)
    expense.save(update_fields=[*FIELDS, "invoice_key"])
    changed = [name for name in FIELDS if getattr(before, name) != getattr(expense, name)]
    journal.record("expense.corrected", expense, by=by, at=at, partner=expense.partner_id, fields=changed)
    _follow(expense, before.invoice_key)
    return expense


@transaction.atomic
def correct_several(
    expenses: Sequence[Expense], changes: Mapping[str, Any], *, by: User, at: datetime
) -> tuple[int, dict[int, str]]:
    """Correct these expenses in the same way, each under the rules of `correct`.

    Returns how many changed, and why each of the others does not, by its number; one that says so already is neither.
    """
    count, refused = 0, {}
    for pk in sorted(one.pk for one in expenses):
        expense = (
            Expense.objects.select_for_update(of=("self",))
            .select_related("partner__operation", "partner__operator", "category", "contract")
            .get(pk=pk)
        )
        if all(getattr(expense, name) == value for name, value in changes.items()):
            continue
        try:
            for name, value in changes.items():
                refuse(rules.why_not_field(expense.category, name))
                setattr(expense, name, value)
            with transaction.atomic():
                correct(expense, by=by, at=at)
            count += 1
        except Refused as refusal:
            refused[pk] = refusal.sentence
    return count, refused


@transaction.atomic
def withdraw(expense: Expense, *, by: User, at: datetime) -> None:
    """Withdraw an expense that no claim holds: it stays, and counts no more. Raises Refused."""
    refuse(rules.why_not_keep(by, expense.partner, on=dates.day_of(at)))
    expense = Expense.objects.select_for_update().get(pk=expense.pk)
    refuse(rules.why_not_change(expense))
    expense.withdrawn_at = at
    expense.save(update_fields=["withdrawn_at"])
    journal.record("expense.withdrawn", expense, by=by, at=at, partner=expense.partner_id)
    _follow(expense)


@transaction.atomic
def put_back(expense: Expense, *, by: User, at: datetime) -> None:
    """Take back the withdrawal of an expense. Raises Refused."""
    refuse(rules.why_not_keep(by, expense.partner, on=dates.day_of(at)))
    if Expense.objects.filter(pk=expense.pk).exclude(withdrawn_at=None).update(withdrawn_at=None):
        journal.record("expense.put_back", expense, by=by, at=at, partner=expense.partner_id)
        expense.refresh_from_db()
        _follow(expense)


def _follow(expense: Expense, former_key: str = "") -> None:
    """Judge it again, with those that share its invoice, as it is numbered now or was before."""
    operation = expense.partner.operation
    judge_again(operation, Expense.objects.filter(pk=expense.pk))
    if former_key and former_key != expense.invoice_key:
        for other in Expense.objects.counting().filter(invoice_key=former_key).select_related("partner__operation"):
            judge_again(other.partner.operation, Expense.objects.filter(pk=other.pk))
    expense.refresh_from_db(fields=["state", "eligible", "why", "missing"])


@transaction.atomic
def add_evidence(
    piece: Evidence, content: bytes | Document, *, filename: str, content_type: str, by: User, at: datetime
) -> Evidence:
    """Add a piece of evidence to an expense: bytes, or a document that another expense has already. Raises Refused."""
    expense = piece.expense
    refuse(rules.why_not_keep(by, expense.partner, on=dates.day_of(at)) or rules.why_not_evidence(expense, piece))
    if isinstance(content, Document):
        piece.document = attach(expense.partner.operation, content, by=by, at=at)
    else:
        title = f"{piece.get_kind_display().capitalize()}, {expense.subject}"
        piece.document = kept(
            expense.partner.operation, content, title=title, filename=filename, content_type=content_type, by=by, at=at
        )
    piece.added_by, piece.added_at = by, at
    piece.save(force_insert=True)
    journal.record(
        "expense.evidence_added", expense, by=by, at=at, partner=expense.partner_id, kind=piece.kind,
        sha256=piece.document.sha256,
    )  # fmt: skip
    _follow(expense)
    return piece


@transaction.atomic
def withdraw_evidence(piece: Evidence, *, by: User, at: datetime) -> None:
    """Withdraw a piece from an expense that no claim holds; its document stays as long as its rule says."""
    refuse(rules.why_not_keep(by, piece.expense.partner, on=dates.day_of(at)) or rules.why_not_change(piece.expense))
    if Evidence.objects.filter(pk=piece.pk, withdrawn_at=None).update(withdrawn_at=at):
        journal.record("expense.evidence_withdrawn", piece.expense, by=by, at=at, partner=piece.expense.partner_id)
        _follow(piece.expense)


# --- From a file -----------------------------------------------------------------------------------------------------
@transaction.atomic
def import_expenses(partner: GrantPartner, file: BinaryIO, *, by: User, at: datetime) -> ExpenseImport:
    """Import a file of expenses (CSV or XLSX) of a partner: all of it, or nothing.

    Rows are read, judged and written by chunks. Raises Refused, with the line and the column of each fault.
    """
    refuse(rules.why_not_keep(by, partner, on=dates.day_of(at)))
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    sha256 = digest.hexdigest()
    if (same := partner.imports.filter(sha256=sha256).first()) is not None:
        raise Refused(f"Ce contenu est déjà importé ({same.lines} lignes)\u00a0: rien n’est repris une seconde fois.")
    imported = ExpenseImport.objects.create(partner=partner, sha256=sha256, lines=0, imported_by=by, imported_at=at)
    lines, basis = 0, basis_of(partner.operation)
    for chunk in _chunks(read_expenses(partner, file)):
        for one in chunk:
            one.imported, one.recorded_by, one.recorded_at = imported, by, at
        judge_new(basis, chunk)
        Expense.objects.bulk_create(chunk, batch_size=500)
        lines += len(chunk)
    if not lines:
        raise Refused("Ce fichier n’a aucune ligne de dépense.")
    imported.lines = lines
    imported.save(update_fields=["lines"])
    journal.record(
        "expense.imported", partner.operation, by=by, at=at, partner=partner.pk, imported=imported.pk, lines=lines,
        sha256=sha256,
    )  # fmt: skip
    return imported


def _chunks(expenses: Iterator[Expense]) -> Iterator[list[Expense]]:
    while chunk := [one for _, one in zip(range(CHUNK), expenses, strict=False)]:
        yield chunk
