"""Several expenses at once: cells pasted from a spreadsheet, shown before they are kept; one correction for several."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.grants import queries, rules
from socle.grants.actions import expenses
from socle.grants.desk import forms as grant_forms
from socle.grants.desk.expenses import kept_by
from socle.grants.desk.operations import crumbs, operation_or_404
from socle.grants.models import Expense, GrantPartner, Operation
from socle.grants.pasting import OFFERED, Pasted
from socle.lib import dates
from socle.lib.tables import MOST_FAULTS, Fault, letter_of
from socle.lib.text import counted, whole
from socle.provisioning.desk.access import Access, console_view, forbid, here
from socle.ui.shapes import Column, Link
from socle.ui.submit import refusal_shown_in

MOST_CHOSEN = 200
CHOSEN = (
    Column("Dépense"),
    Column("Partenaire"),
    Column("Montant HT", is_number=True),
    Column("Refusée d’avance"),
)
_CELL = re.compile(r"case-([0-9]{1,4})-([0-9]{1,2})", re.ASCII)
_COLUMN = re.compile(r"colonne-([0-9]{1,2})", re.ASCII)


class ShownCell(NamedTuple):
    """A cell as it was pasted: its name in the form, and what is wrong of it."""

    name: str
    label: str
    text: str
    faults: list[str]


class ShownRow(NamedTuple):
    """A row as it was pasted, its number, and what is wrong of the whole of it."""

    line: int
    cells: list[ShownCell]
    faults: list[str]


def _kept_or_403(access: Access, operation: Operation) -> list[GrantPartner]:
    kept = kept_by(access, operation)
    if not kept:
        forbid("Vous lisez ces dépenses, et n’en saisissez pas.")
        raise Http404
    return kept


# --- Pasted ----------------------------------------------------------------------------------------------------------
@console_view
def paste(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Take cells copied from a spreadsheet: show what is read of them, each fault beside its cell; then keep them."""
    operation = operation_or_404(access, operation_id)
    kept = _kept_or_403(access, operation)
    form = grant_forms.PasteForm(request.POST if request.method == "POST" else None, partners=kept)
    context: dict[str, Any] = {
        "operation": operation,
        "form": form,
        "crumbs": crumbs(operation, Link("Dépenses", reverse(here("expenses"), args=[operation.pk]))),
    }
    if form.is_valid():
        partner = form.cleaned_data["partner"]
        with refusal_shown_in(form, "rows"):
            pasted = _pasted(form.cleaned_data["rows"], request.POST)
            found, faults = pasted.read(partner)
            context |= {
                "pasted": pasted, "partner": partner, "columns": _columns(pasted), "offered": OFFERED,
                "rows": _shown(pasted, faults), "found": len(found), "faults": len(faults),
                "of_columns": [one.says for one in faults if one.line < pasted.first_line],
                "is_cut": len(faults) >= MOST_FAULTS,
            }  # fmt: skip
            if "enregistrer" in request.POST and not faults:
                taken = expenses.import_expenses(partner, pasted.file(), by=access.user, at=timezone.now())
                messages.success(
                    request, f"{counted(taken.lines, 'dépense enregistrée')}\u00a0: il reste à les prouver."
                )
                return redirect(here("expenses"), operation.pk)
    wrong = form.errors or context.get("faults")
    return render(request, "grants/grant_paste.html", context, status=422 if wrong else 200)


def _pasted(text: str, said: QueryDict) -> Pasted:
    """Read what was pasted, with what was said since of its columns and of the cells that were at fault."""
    fields = {name: str(said[name]).strip() for name in said}
    columns = {int(found[1]): value for name, value in fields.items() if (found := _COLUMN.fullmatch(name))}
    cells = {
        (int(found[1]), int(found[2])): value for name, value in fields.items() if (found := _CELL.fullmatch(name))
    }
    return Pasted.of(text).amended(columns, cells)


def _columns(pasted: Pasted) -> list[Column]:
    return [Column("Ligne"), *(Column(letter_of(place)) for place in range(1, len(pasted.headers) + 1))]


def _shown(pasted: Pasted, faults: list[Fault]) -> list[ShownRow]:
    told: dict[tuple[int, int], list[str]] = {}
    for one in faults:
        told.setdefault((one.line, one.column), []).append(f"{one.says[:1].upper()}{one.says[1:]}")
    return [
        ShownRow(
            line,
            [
                ShownCell(f"case-{line}-{place}", header or letter_of(place + 1), cell, told.get((line, place + 1), []))
                for place, (header, cell) in enumerate(zip(pasted.headers, row, strict=True))
            ],
            told.get((line, 0), []),
        )
        for line, row in enumerate(pasted.rows, start=pasted.first_line)
    ]


# --- Corrected together ----------------------------------------------------------------------------------------------
@console_view
def correct(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Change one field of the expenses that were chosen; say which are refused, by their number, and why."""
    operation = operation_or_404(access, operation_id)
    kept = _kept_or_403(access, operation)
    asked = request.POST if request.method == "POST" else request.GET
    back = reverse(here("expenses"), args=[operation.pk])
    filters = QueryDict(asked.get("filtres", "")).urlencode()
    back = f"{back}?{filters}" if filters else back
    name = asked.get("champ", "")
    chosen = _chosen(access, operation, asked.getlist("choix"))
    if not chosen or name not in grant_forms.TOGETHER:
        messages.warning(request, "Cochez les dépenses à corriger, et choisissez ce qui change.")
        return redirect(back)
    form = grant_forms.TogetherForm(
        request.POST if request.method == "POST" else None, name=name, partners=kept,
        agreements=access.readable_agreements(),
    )  # fmt: skip
    if form.is_valid():
        count, refused = expenses.correct_several(
            chosen, form.cleaned_data["changes"], by=access.user, at=timezone.now()
        )
        if count or not refused:
            messages.success(request, f"{counted(count, 'dépense corrigée')}.")
        for pk, sentence in refused.items():
            messages.warning(request, f"Dépense n°\u00a0{pk}, inchangée\u00a0: {sentence}")
        return redirect(back)
    on, holding = dates.day_of(timezone.now()), rules.held_by_claims(chosen)
    not_kept = {one.partner_id: one.partner for one in chosen if one.partner not in kept}
    reasons = {pk: rules.why_not_keep(access.user, one, on=on) for pk, one in not_kept.items()}
    context = {
        "operation": operation, "form": form, "name": name, "back": back, "filters": filters, "columns": CHOSEN,
        "rows": [(one, reasons.get(one.partner_id) or rules.why_not_change(one, holding)
                  or rules.why_not_field(one.category, name)) for one in chosen],
        "crumbs": crumbs(operation, Link("Dépenses", back)),
    }  # fmt: skip
    return render(request, "grants/grant_together.html", context, status=422 if form.errors else 200)


def _chosen(access: Access, operation: Operation, asked: list[str]) -> list[Expense]:
    """The expenses of these numbers, among those that this person reads."""
    seen = [one.pk for one in queries.partners_seen(operation, access.operator)]
    numbers = [number for one in asked[:MOST_CHOSEN] if (number := whole(one)) is not None]
    found = Expense.objects.filter(partner__in=seen, pk__in=numbers).order_by("pk")
    return list(found.select_related("partner__operation", "partner__operator", "category"))
