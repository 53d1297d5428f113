"""Expenses of an operation: the list, an invoice that is read, a piece that proves, a file imported; the purchases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from typing import IO, Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.documents.models import Document
from socle.documents.serving import served
from socle.grants import queries, rules
from socle.grants.actions import expenses, operations
from socle.grants.desk import forms as grant_forms
from socle.grants.desk.operations import crumbs, operation_or_404, partner_or_404
from socle.grants.files import BOUNDS, COMPUTED, SHEET, TEMPLATE
from socle.grants.models import Contract, CostCategory, Evidence, Expense, GrantPartner, Operation
from socle.lib import annotated, dates
from socle.lib.annotated import annotate
from socle.lib.invoices import Invoice, read_invoice
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import FORMATS
from socle.lib.tables import MOST_FAULTS, Fault, Faulty, letter_of
from socle.lib.text import counted, folded, whole
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, here, open_to_control, record_view
from socle.provisioning.desk.lists import attachment, choice, leave, page_of, text
from socle.provisioning.desk.picking import BOX
from socle.ui.shapes import Column, Fact, Link, Sorting, files_of
from socle.ui.submit import refusal_shown_in

State = Expense.State
COLUMNS = (
    Column("Dépense", sort="subject"),
    Column("Payée le", sort="paid_on"),
    Column("Montant HT", sort="net", is_number=True),
    Column("Éligible", sort="eligible", is_number=True),
    Column("Verdict", sort="state"),
)
CONTRACTS = (Column("Marché"), Column("Fournisseur"), Column("Montant HT", is_number=True), Column("Ce qui manque"))
FAULTS = (
    Column("Ligne", sort="line"),
    Column("Colonne", sort="column"),
    Column("Ce qui ne va pas, et le remède", sort="says"),
)
BY: dict[str, Callable[[Fault], Any]] = {
    "line": lambda one: (one.line, one.column),
    "column": lambda one: (one.column, one.line),
    "says": lambda one: (folded(one.says), one.line),
}
# The faults of a file that was refused go round with their page, signed, so that they sort: nothing of it is kept.
REFUSED = "socle.grants.refused"
TONES = {State.INCOMPLETE: "wait", State.ELIGIBLE: "ok", State.PARTIAL: "info", State.NOT: "danger"}
# A form of an invoice that was dropped names it for a day; its document waits a month.
CREDIT = (
    "C’est un avoir, et non une dépense\u00a0: ouvrez la dépense de la facture qu’il corrige, et versez-le parmi ses "
    "pièces. Il s’en déduit."
)
EUROS = "EUR"
DROPPED, A_DAY = "socle.grants.dropped", timedelta(days=1)


class ExpenseFilters(forms.Form):
    """Filters of the expenses of one operation, read from the address: one that means nothing is left out."""

    q = text("Recherche", placeholder="Objet, fournisseur, facture ou mandat")
    etat = choice("Verdict", [*State.choices, ("retirees", "retirées")], every="Tous")
    partenaire = choice("Partenaire", (), every="Tous")
    categorie = choice("Catégorie", ())

    def __init__(self, request: HttpRequest, access: Access, operation: Operation) -> None:
        super().__init__(request.GET, auto_id="filtre-%s")
        self.seen = queries.partners_seen(operation, access.operator)
        offered = {
            "partenaire": ("Tous", [(str(one.pk), one.operator.name) for one in self.seen]),
            "categorie": ("Toutes", [(one.code, one.name) for one in operation.categories.exclude(kind="flat")]),
        }
        for name, (every, choices) in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", every), *choices]
        self.full_clean()
        self.errors.clear()

    def chosen(self, name: str) -> str:
        """Return the value of a filter, or nothing."""
        return str(self.cleaned_data.get(name) or "")

    @property
    def is_used(self) -> bool:
        """Whether any filter narrows the list."""
        return any(self.chosen(name) for name in self.fields)

    def found(self) -> QuerySet[Expense]:
        rows = Expense.objects.filter(partner__in=[one.pk for one in self.seen])
        state = self.chosen("etat")
        rows = rows.exclude(withdrawn_at=None) if state == "retirees" else rows.filter(withdrawn_at=None)
        if state in State.values:
            rows = rows.filter(state=state)
        if partner := self.chosen("partenaire"):
            rows = rows.filter(partner_id=int(partner))
        if category := self.chosen("categorie"):
            rows = rows.filter(category__code=category)
        if words := self.chosen("q").strip():
            names = ("subject", "supplier", "invoice_number", "mandate", "person")
            asked = Q()
            for name in names:
                asked |= Q(**{f"{name}__icontains": words})
            rows = rows.filter(asked)
        return rows.select_related("partner__operator", "category", "contract")


def expense_or_404(access: Access, operation: Operation, expense_id: int) -> Expense:
    """Return an expense of a partner whose lines this operator reads, or answer 404."""
    seen = [one.pk for one in queries.partners_seen(operation, access.operator)]
    found = Expense.objects.select_related(
        "partner__operator", "partner__operation", "category", "contract", "agreement", "imported"
    )
    return get_object_or_404(found, partner__in=seen, pk=expense_id)


def kept_by(access: Access, operation: Operation) -> list[GrantPartner]:
    """The partners whose expenses this person keeps."""
    on, seen = dates.day_of(timezone.now()), queries.partners_seen(operation, access.operator)
    return [one for one in seen if rules.why_not_keep(access.user, one, on=on) is None]


# --- The list --------------------------------------------------------------------------------------------------------
@console_view
@open_to_control
def show_all(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """List the expenses, with their verdict and what they lack."""
    return _list(request, access, operation_or_404(access, operation_id))


def _list(
    request: HttpRequest, access: Access, operation: Operation, form: grant_forms.ImportForm | None = None,
    faults: Sequence[Fault] = (),
) -> HttpResponse:  # fmt: skip
    filters = ExpenseFilters(request, access, operation)
    of_faults = Sorting.asked(request, FAULTS, "line")
    told = sorted(faults, key=BY[of_faults.key], reverse=of_faults.is_descending)
    sorting = Sorting.asked(request, COLUMNS, "-paid_on")
    page = page_of(request, filters.found().order_by(sorting.order, "pk"))
    kept = kept_by(access, operation)
    record_view(request, "grant_expenses", operation)
    context = {
        "operation": operation,
        "here": reverse(here("expenses"), args=[operation.pk]),
        "crumbs": crumbs(operation),
        "filters": filters,
        "page": page,
        "rows": [(one, TONES[State(one.state)]) for one in page],
        "columns": (BOX, *COLUMNS) if kept else COLUMNS,
        "pickers": kept,
        "together": grant_forms.fields_together(),
        "sorting": sorting,
        "files": files_of(request, here("expenses_file"), operation.pk),
        "kept": kept,
        "form": form or (grant_forms.ImportForm(partners=kept) if kept else None),
        "faults": [(one, letter_of(one.column) if one.column else "") for one in told],
        "fault_columns": FAULTS,
        "fault_sorting": of_faults,
        "refused": _signed(access, operation, faults) if faults else "",
        "is_cut": len(faults) >= MOST_FAULTS,
        "unread": ", ".join(f"«\u00a0{name}\u00a0»" for name in (*COMPUTED, annotated.HEADER)),
    }
    return render(request, "grants/grant_expenses.html", context, status=422 if form else 200)


@console_view
@open_to_control
def export(request: HttpRequest, access: Access, operation_id: int, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file that reads back."""
    operation = operation_or_404(access, operation_id)
    rows = ExpenseFilters(request, access, operation).found().order_by("pk")
    record_view(request, "grant_expenses_file", operation)
    return leave(request, access, SHEET, rows.iterator(chunk_size=2000), format)


@console_view
def template(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Give a workbook to fill in: the columns that an import reads, and no row."""
    operation_or_404(access, operation_id)
    return leave(request, access, TEMPLATE, (), "xlsx")


def _signed(access: Access, operation: Operation, faults: Sequence[Fault]) -> str:
    told = [[one.line, one.says, one.header, one.column] for one in faults]
    return signing.dumps([access.user.pk, operation.pk, told], salt=REFUSED, compress=True)


def _faults_again(request: HttpRequest, access: Access, operation: Operation) -> list[Fault]:
    """The faults that this page told already, to be sorted. Raises Refused when they are not these."""
    try:
        of_user, of_operation, told = signing.loads(request.POST["fautes"], salt=REFUSED, max_age=A_DAY)
    except signing.BadSignature as error:
        raise Refused("Ces fautes ne se lisent plus\u00a0: importez de nouveau le fichier.") from error
    if (of_user, of_operation) != (access.user.pk, operation.pk):
        raise Refused("Ces fautes sont celles d’un autre fichier\u00a0: importez le vôtre de nouveau.")
    return [Fault(*one) for one in told]


def _annotated(file: IO[bytes], faults: Sequence[Fault]) -> HttpResponse:
    """Give the file back as it came, with what is wrong of each line beside it."""
    target = BytesIO()
    format = annotate(file, BOUNDS, faults, target, like=SHEET)
    name = f"{SHEET.file_name}-a-corriger.{format}"
    return attachment(target.getvalue(), filename=name, content_type=FORMATS[format])


@gesture
def take_file(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Import a file of expenses, whole or not at all; sort the faults of one; give it back with them, if asked to."""
    operation = operation_or_404(access, operation_id)
    if "fautes" in request.POST:
        return _list(request, access, operation, faults=_faults_again(request, access, operation))
    form = grant_forms.ImportForm(request.POST, request.FILES, partners=kept_by(access, operation))
    if form.is_valid():
        try:
            taken = expenses.import_expenses(
                form.cleaned_data["partner"], form.cleaned_data["expenses"], by=access.user, at=timezone.now()
            )
        except Faulty as refusal:
            if "annoter" in request.POST:
                return _annotated(form.cleaned_data["expenses"], refusal.faults)
            form.add_error("expenses", f"Rien n’est pris\u00a0: {counted(len(refusal.faults), 'faute')} à corriger.")
            return _list(request, access, operation, form, faults=refusal.faults)
        except Refused as refusal:
            form.add_error("expenses", refusal.sentence)
        else:
            messages.success(request, f"{counted(taken.lines, 'dépense importée')}\u00a0: il reste à les prouver.")
            return redirect(here("expenses"), operation.pk)
    return _list(request, access, operation, form)


# --- A new one -------------------------------------------------------------------------------------------------------
@console_view
def new(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Drop an invoice, confirm what is read of it; or type an expense, a purchase or a month of a person."""
    operation = operation_or_404(access, operation_id)
    kept = kept_by(access, operation)
    asked = request.POST.get("partenaire") or request.GET.get("partenaire", "")
    partner = next((one for one in kept if str(one.pk) == asked), kept[0] if kept else None)
    if partner is None:
        forbid("Vous lisez ces dépenses, et n’en saisissez pas.")
        raise Http404
    is_staff = (request.POST.get("nature") or request.GET.get("nature", "")) == "personnel"
    context: dict[str, Any] = {
        "operation": operation, "partner": partner, "kept": kept, "is_staff": is_staff,
        "crumbs": crumbs(operation, Link("Dépenses", reverse(here("expenses"), args=[operation.pk]))),
    }  # fmt: skip
    if "deposer" in request.POST:
        return _drop(request, access, partner, context)
    if request.method == "POST":
        return _confirm(request, access, partner, context)
    context["drop"] = None if is_staff or "sans" in request.GET else grant_forms.DropForm()
    context["form"] = None if context["drop"] else _form(access, partner, is_staff=is_staff)
    return render(request, "grants/grant_expense_new.html", context)


def _form(access: Access, partner: GrantPartner, data: Any = None, **kwargs: Any) -> grant_forms.ExpenseForm:
    return grant_forms.ExpenseForm(data, partner=partner, agreements=access.readable_agreements(), **kwargs)


def _drop(request: HttpRequest, access: Access, partner: GrantPartner, context: dict[str, Any]) -> HttpResponse:
    """Read an invoice, keep it for a month, and show what it says to be confirmed.

    Of a PDF whose data cannot be read, the pages are kept all the same, and a person types what they say.
    """
    drop = grant_forms.DropForm(request.POST, request.FILES)
    if not drop.is_valid():
        return render(request, "grants/grant_expense_new.html", {**context, "drop": drop}, status=422)
    name, content = drop.cleaned_data["invoice"]
    invoice = Invoice()
    is_pdf = content.startswith(b"%PDF-")
    try:
        try:
            invoice = read_invoice(content)
        except Refused as refusal:
            if not is_pdf:
                raise
            context["doubts"] = [refusal.sentence]
        if invoice.is_credit_note:
            raise Refused(CREDIT)
        document = operations.deposited(
            partner.operation, content, title=f"Facture {name}"[:200], filename=name,
            content_type="application/pdf" if is_pdf else "application/xml", by=access.user, at=timezone.now(),
        )  # fmt: skip
    except Refused as refusal:
        drop.add_error("invoice", refusal.sentence)
        return render(request, "grants/grant_expense_new.html", {**context, "drop": drop}, status=422)
    is_foreign = invoice.has_data and invoice.currency != EUROS
    form = _form(access, partner, initial=_read(partner, invoice), is_staff=False, is_foreign=is_foreign)
    token = signing.dumps([document.pk, partner.pk, access.user.pk, is_foreign], salt=DROPPED)
    return _ask(request, context, form, invoice=invoice, token=token)


def _read(partner: GrantPartner, invoice: Invoice) -> dict[str, Any]:
    """Return what an invoice says, as the form asks it, with the category and contract of its supplier before."""
    found: dict[str, Any] = {
        "supplier": invoice.supplier_name, "supplier_siret": invoice.supplier_siret,
        "invoice_number": invoice.number, "invoiced_on": invoice.issued_on, "service_from": invoice.service_from,
        "service_until": invoice.service_to,
        "subject": next((one.object for one in invoice.lines if one.object), None),
    }  # fmt: skip
    if invoice.currency == EUROS:
        found |= {"net": invoice.net, "vat": invoice.vat}
    former = partner.expenses.counting().filter(supplier_siret=invoice.supplier_siret or "-").order_by("-pk").first()
    if former is not None:
        found |= {"category": former.category_id, "contract": former.contract_id}
    return {name: value for name, value in found.items() if value is not None}


def _ask(
    request: HttpRequest, context: dict[str, Any], form: grant_forms.ExpenseForm, *, invoice: Invoice | None = None,
    token: str = "",
) -> HttpResponse:  # fmt: skip
    """Show a form: what nothing says first, what was read beside, to be corrected if need be."""
    asked = {"category", "contract", *form.errors}
    if not form.is_bound:
        asked |= {name for name, field in form.fields.items() if field.required and not form.initial.get(name)}
    read = token != ""
    context |= {
        "form": form, "invoice": invoice, "token": token,
        "asked": [field for field in form if not read or field.name in asked],
        "others": [field for field in form if read and field.name not in asked],
        "doubts": context.get("doubts") or (invoice.doubts if invoice and invoice.has_data else ()),
    }  # fmt: skip
    return render(request, "grants/grant_expense_new.html", context, status=422 if form.errors else 200)


def _confirm(request: HttpRequest, access: Access, partner: GrantPartner, context: dict[str, Any]) -> HttpResponse:
    """Record the expense, with the invoice that was dropped as its first piece."""
    token, at = request.POST.get("facture", ""), timezone.now()
    document, is_foreign = _dropped(token, partner, access)
    form = _form(access, partner, request.POST, is_staff=context["is_staff"], is_foreign=is_foreign)
    if form.is_valid():
        with refusal_shown_in(form):
            expense = expenses.record(form.instance, invoice=document, by=access.user, at=at)
            messages.success(request, "La dépense est saisie.")
            return redirect(here("expense"), partner.operation_id, expense.pk)
    return _ask(request, context, form, token=token)


def _dropped(token: str, partner: GrantPartner, access: Access) -> tuple[Document | None, bool]:
    """The invoice that this form follows, if any, and whether it is in another currency. Raises Refused."""
    if not token:
        return None, False
    try:
        document, of_partner, of_user, is_foreign = signing.loads(token, salt=DROPPED, max_age=A_DAY)
    except (signing.BadSignature, ValueError) as error:
        raise Refused("Ce formulaire est trop ancien\u00a0: déposez de nouveau la facture.") from error
    if (of_partner, of_user) != (partner.pk, access.user.pk):
        raise Refused("Cette facture a été déposée pour un autre partenaire\u00a0: déposez-la de nouveau.")
    return Document.objects.filter(pk=document, ended_at=None).first(), is_foreign


# --- One expense -----------------------------------------------------------------------------------------------------
@console_view
@open_to_control
def show(request: HttpRequest, access: Access, operation_id: int, expense_id: int) -> HttpResponse:
    """Show an expense: its verdict, what it lacks, its pieces; its form, while no claim holds it."""
    operation = operation_or_404(access, operation_id)
    return _one(request, access, operation, expense_or_404(access, operation, expense_id))


def _one(
    request: HttpRequest, access: Access, operation: Operation, expense: Expense, *,
    form: grant_forms.ExpenseForm | None = None, piece: grant_forms.EvidenceForm | None = None,
) -> HttpResponse:  # fmt: skip
    on = dates.day_of(timezone.now())
    is_staff = expense.category.kind == CostCategory.Kind.STAFF
    keeps = rules.why_not_keep(access.user, expense.partner, on=on) is None
    why_not_change = rules.why_not_change(expense)
    record_view(request, "grant_expense", operation, str(expense.pk))
    context = {
        "operation": operation,
        "here": reverse(here("expense"), args=[operation.pk, expense.pk]),
        "expense": expense,
        "tone": TONES[State(expense.state)],
        "crumbs": crumbs(operation, Link("Dépenses", reverse(here("expenses"), args=[operation.pk]))),
        "facts": _facts(expense),
        "pieces": expense.evidence.filter(withdrawn_at=None).select_related("document"),
        "lines": expense.claim_lines.exclude(claim__status="cancelled").select_related("claim"),
        "keeps": keeps,
        "why_not_change": why_not_change,
        "form": form or (
            _form(access, expense.partner, instance=expense, is_staff=is_staff)
            if keeps and why_not_change is None
            else None
        ),
        "piece_form": piece or (grant_forms.EvidenceForm(is_staff=is_staff, prefix="piece") if keeps else None),
    }  # fmt: skip
    wrong = any(one is not None and one.errors for one in (form, piece))
    return render(request, "grants/grant_expense.html", context, status=422 if wrong else 200)


def _facts(expense: Expense) -> list[Fact]:
    def day(on: Any) -> str:
        return dates.in_words(on) if on else ""

    named = _identity(expense)
    named["Prestation"] = (
        dates.in_days(expense.service_from, expense.service_until)
        if expense.service_from and expense.service_until
        else ""
    )
    named["Mandat"] = " ".join(filter(None, [expense.mandate, day(expense.mandated_on)]))
    named["Payée le"] = day(expense.paid_on)
    return [Fact(label, value) for label, value in named.items() if value]


def _identity(expense: Expense) -> dict[str, str]:
    """The identity of an expense, label by label."""
    return {
        "Partenaire": expense.partner.operator.name,
        "Catégorie": expense.category.name,
        "Personne": expense.person,
        "Fournisseur": expense.supplier,
        "Facture": " ".join(filter(None, [expense.invoice_number, expense.invoice_line])),
        "Marché": str(expense.contract) if expense.contract else "",
        "Convention": expense.agreement.number if expense.agreement else "",
    }


@gesture
def correct(request: HttpRequest, access: Access, operation_id: int, expense_id: int) -> HttpResponse:
    """Keep what was corrected of an expense."""
    operation = operation_or_404(access, operation_id)
    expense = expense_or_404(access, operation, expense_id)
    is_staff = expense.category.kind == CostCategory.Kind.STAFF
    form = _form(access, expense.partner, request.POST, instance=expense, is_staff=is_staff)
    if form.is_valid():
        with refusal_shown_in(form):
            expenses.correct(form.instance, by=access.user, at=timezone.now())
            messages.success(request, "La dépense est corrigée.")
            return redirect(here("expense"), operation.pk, expense.pk)
    return _one(request, access, operation, Expense.objects.get(pk=expense.pk), form=form)


@gesture
def add_piece(request: HttpRequest, access: Access, operation_id: int, expense_id: int) -> HttpResponse:
    """Add a piece of evidence."""
    operation = operation_or_404(access, operation_id)
    expense = expense_or_404(access, operation, expense_id)
    is_staff = expense.category.kind == CostCategory.Kind.STAFF
    form = grant_forms.EvidenceForm(request.POST, request.FILES, is_staff=is_staff, prefix="piece")
    if form.is_valid():
        said = dict(form.cleaned_data)
        content = said.pop("document")
        kind = "pdf" if content.startswith(b"%PDF-") else "xml"
        with refusal_shown_in(form):
            expenses.add_evidence(
                Evidence(expense=expense, **said), content, filename=f"piece.{kind}",
                content_type=f"application/{kind}", by=access.user, at=timezone.now(),
            )  # fmt: skip
            messages.success(request, "La pièce est versée.")
            return redirect(here("expense"), operation.pk, expense.pk)
    return _one(request, access, operation, expense, piece=form)


@gesture
def withdraw(request: HttpRequest, access: Access, operation_id: int, expense_id: int) -> HttpResponse:
    """Withdraw an expense or one of its pieces, or take a withdrawal back."""
    operation = operation_or_404(access, operation_id)
    expense, at = expense_or_404(access, operation, expense_id), timezone.now()
    if (asked := whole(request.POST.get("piece", ""))) is not None:
        piece = get_object_or_404(expense.evidence.select_related("expense__partner__operation"), pk=asked)
        expenses.withdraw_evidence(piece, by=access.user, at=at)
        messages.success(request, "La pièce est retirée de cette dépense.")
    elif expense.withdrawn_at is None:
        expenses.withdraw(expense, by=access.user, at=at)
        messages.success(request, "La dépense est retirée\u00a0: elle ne compte plus.")
    else:
        expenses.put_back(expense, by=access.user, at=at)
        messages.success(request, "La dépense est rétablie.")
    return redirect(here("expense"), operation.pk, expense.pk)


@console_view
@open_to_control
def piece_file(request: HttpRequest, access: Access, operation_id: int, expense_id: int, piece_id: int) -> HttpResponse:
    """Serve a piece to whoever reads the expense."""
    operation = operation_or_404(access, operation_id)
    expense = expense_or_404(access, operation, expense_id)
    piece = get_object_or_404(expense.evidence.select_related("document"), pk=piece_id)
    record_view(request, "grant_piece", operation, str(piece.pk))
    return served(piece.document, name=f"{piece.kind}-{expense.pk}")


# --- Purchases -------------------------------------------------------------------------------------------------------
@console_view
@open_to_control
def contracts(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """List the purchases, and what their records lack."""
    operation = operation_or_404(access, operation_id)
    seen = queries.partners_seen(operation, access.operator)
    rows = Contract.objects.filter(partner__in=[one.pk for one in seen]).select_related("partner__operator")
    context = {
        "operation": operation, "crumbs": crumbs(operation), "rows": rows, "columns": CONTRACTS,
        "kept": kept_by(access, operation),
    }  # fmt: skip
    return render(request, "grants/grant_contracts.html", context)


@console_view
@open_to_control
def contract(request: HttpRequest, access: Access, operation_id: int, contract_id: int = 0) -> HttpResponse:
    """Record a purchase, or complete its record."""
    operation = operation_or_404(access, operation_id)
    kept, at = kept_by(access, operation), timezone.now()
    if contract_id:
        seen = [one.pk for one in queries.partners_seen(operation, access.operator)]
        found = Contract.objects.select_related("partner__operation", "partner__operator")
        one = get_object_or_404(found, partner__in=seen, pk=contract_id)
    else:
        asked = request.POST.get("partenaire") or request.GET.get("partenaire", "")
        chosen = next((one for one in kept if str(one.pk) == asked), kept[0] if kept else None)
        forbid(None if chosen else "Vous lisez ces marchés, et n’en saisissez pas.")
        one = Contract(partner=chosen)
    form = grant_forms.ContractForm(
        request.POST if request.method == "POST" else None, request.FILES or None, instance=one
    )
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            operations.record_contract(form.instance, pieces=form.cleaned_data["pieces"], by=access.user, at=at)
            messages.success(request, "La fiche du marché est enregistrée.")
            return redirect(here("contracts"), operation.pk)
    partner_or_404(access, operation, one.partner_id)
    context = {
        "operation": operation, "contract": one, "form": form,
        "keeps": any(partner.pk == one.partner_id for partner in kept),
        "crumbs": crumbs(operation, Link("Marchés", reverse(here("contracts"), args=[operation.pk]))),
    }  # fmt: skip
    return render(request, "grants/grant_contract.html", context, status=422 if form.errors else 200)


@console_view
@open_to_control
def contract_file(request: HttpRequest, access: Access, operation_id: int, contract_id: int) -> HttpResponse:
    """Serve the pieces of a purchase."""
    operation = operation_or_404(access, operation_id)
    seen = [one.pk for one in queries.partners_seen(operation, access.operator)]
    one = get_object_or_404(Contract.objects.select_related("document"), partner__in=seen, pk=contract_id)
    if one.document is None:
        raise Http404("Ce marché n’a pas de pièces.")
    return served(one.document, name=f"marche-{one.number}")
