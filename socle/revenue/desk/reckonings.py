"""« Finances », reckonings: what operators owe each other by their agreements, line by line, and yearly statements.

A party reads its own, whether or not its operator sees the amounts of the programme; the lead reads all.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements.models import Agreement
from socle.lib import dates
from socle.lib.money import euros
from socle.lib.refusals import refuse
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import whole
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, here
from socle.provisioning.desk.lists import attachment, leave
from socle.revenue import actions, reckonings, rules
from socle.revenue.desk.meter import year_of
from socle.revenue.models import Reckoning
from socle.ui.fields import AmountField
from socle.ui.shapes import Column, Link, files_of
from socle.ui.submit import refusal_shown_in

COLUMNS = (
    Column("Unité"), Column("Quantité", is_number=True), Column("Coût unitaire", is_number=True),
    Column("Montant", is_number=True), Column("Retirer", is_hidden=True),
)  # fmt: skip
SHEET: Sheet[Reckoning] = Sheet(
    "reckonings",
    "decomptes",
    "Décomptes annuels entre opérateurs",
    (
        Field("Exercice", lambda one: one.year, Kind.NUMBER),
        Field("Convention", lambda one: one.agreement.number, Kind.CODE),
        Field("Prestataire", lambda one: reckonings.sides(list(one.agreement.parties.all()))[0].name),
        Field("Redevable", lambda one: reckonings.sides(list(one.agreement.parties.all()))[1].name),
        Field("Unité", lambda one: one.unit),
        Field("Quantité", lambda one: one.quantity),
        Field("Coût unitaire (€)", lambda one: one.unit_cost, Kind.AMOUNT),
        Field("Montant (€)", lambda one: one.amount, Kind.AMOUNT),
        Field("Source", lambda one: one.source),
        Field("Noté pour", lambda one: one.operator.name),
        Field("Noté le", lambda one: one.noted_at, Kind.INSTANT),
        Field("Retiré le", lambda one: one.withdrawn_at, Kind.INSTANT),
        Field("Mention", lambda one: reckonings.FICTITIOUS if one.is_fictitious else reckonings.NO_TITLE),
    ),
)


class AgreementChoice(forms.ModelChoiceField[Agreement]):
    """An agreement between operators, by its number and its type."""

    def label_from_instance(self, obj: Agreement) -> str:
        return f"{obj.number}, {obj.type.name}"


class ReckoningForm(forms.Form):
    """Units of a year, and the cost of each: the amount is computed."""

    agreement = AgreementChoice(
        label="Convention",
        queryset=Agreement.every.none(),
        empty_label=None,
        error_messages={"required": "Choisissez la convention.", "invalid_choice": "Choisissez la convention."},
    )
    year = forms.IntegerField(label="Exercice")
    unit = forms.CharField(
        label="Unité", max_length=120, help_text="Ce qui est compté\u00a0: poste suivi, commune équipée, journée."
    )
    quantity = AmountField(
        label="Quantité",
        max_digits=14,
        error_messages={"required": "Écrivez la quantité.", "invalid": "Écrivez un nombre."},
    )
    unit_cost = AmountField(label="Coût unitaire (€)", max_digits=14)
    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="Où ces chiffres se lisent\u00a0: un état, un tableau, une délibération.",
        error_messages={"required": "Dites où ces chiffres se lisent."},
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agreement"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = reckonings.agreements_of(access.partner)


def _reads(access: Access) -> None:
    forbid(rules.why_not_read_reckonings(access.user, access.operator, on=dates.day_of(timezone.now())))


def _rows(access: Access) -> models.QuerySet[Reckoning]:
    mine = reckonings.agreements_of(access.partner)
    return Reckoning.objects.filter(agreement__in=mine).select_related("agreement", "operator")


def _years(agreement: Agreement, on: date) -> range:
    assert agreement.starts_on is not None
    assert agreement.ends_on is not None
    return range(agreement.starts_on.year, min(agreement.ends_on.year, on.year) + 1)


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show a year: each agreement, its lines and their total."""
    return _page(request, access)


def _page(request: HttpRequest, access: Access, form: ReckoningForm | None = None) -> HttpResponse:
    _reads(access)
    year, on = year_of(request), dates.day_of(timezone.now())
    known = list(reckonings.agreements_of(access.partner))
    may_note = any(rules.why_not_reckon(access.user, access.operator, one, on=on) is None for one in known)
    context = {
        "year": year,
        "years": sorted({year, on.year, *(one for agreement in known for one in _years(agreement, on))}, reverse=True),
        "statements": reckonings.statements(access.partner, year),
        "columns": COLUMNS,
        "may_note": may_note,
        "mine": access.operator.pk,
        "form": form or ReckoningForm(access=access, initial={"year": year}),
        "files": files_of(request, here("reckonings_file")),
        "no_title": reckonings.NO_TITLE,
        "no_claim": reckonings.NO_CLAIM,
        "crumbs": [Link("Subventions", reverse(here("grants"))), Link("Décomptes")],
    }
    return render(request, "revenue/reckonings.html", context, status=422 if form and form.errors else 200)


@gesture
def note(request: HttpRequest, access: Access) -> HttpResponse:
    """Note units of a year and their cost."""
    _reads(access)
    form = ReckoningForm(request.POST, access=access)
    if form.is_valid():
        asked, on = form.cleaned_data["agreement"], dates.day_of(timezone.now())
        refuse(rules.why_not_reckon(access.user, access.operator, asked, on=on))
        with refusal_shown_in(form):
            one = actions.note_reckoning(
                **form.cleaned_data, operator=access.operator, by=access.user, at=timezone.now()
            )
            messages.success(request, f"{euros(one.amount)} notés pour {one.year}.")
            return redirect(f"{reverse(here('reckonings'))}?annee={one.year}")
    return _page(request, access, form)


@gesture
def withdraw(request: HttpRequest, access: Access) -> HttpResponse:
    """Take back a line noted by mistake."""
    _reads(access)
    one = get_object_or_404(_rows(access), pk=whole(request.POST.get("decompte", "")))
    actions.withdraw_reckoning(one, by=access.user, at=timezone.now())
    messages.success(request, "C’est retiré\u00a0: ce qui était noté reste au journal, et ne compte plus.")
    return redirect(f"{reverse(here('reckonings'))}?annee={one.year}")


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give every line, withdrawn ones included, as a file."""
    _reads(access)
    return leave(request, access, SHEET, _rows(access).prefetch_related("agreement__parties"), format)


@console_view
def statement(request: HttpRequest, access: Access, year: int, number: str) -> HttpResponse:
    """Compose the statement of a year, kept nowhere."""
    _reads(access)
    found = reckonings.statements(access.partner, year) if rules.why_not_year(year) is None else []
    one = next((one for one in found if one.agreement.number == number and one.lines), None)
    if one is None:
        raise Http404("Ce décompte n’existe pas, ou n’est pas de votre opérateur.")
    pdf = reckonings.as_pdf(one, at=timezone.now())
    return attachment(pdf, filename=f"decompte-{number.lower()}-{year}.pdf", content_type="application/pdf")
