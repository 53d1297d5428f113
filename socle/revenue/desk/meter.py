"""« Finances »: the share of accessory activity in an operator's receipts, its ceiling, the cost behind each price, and
where figures come from.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.deliberations.models import Act
from socle.lib import dates
from socle.lib.money import euros
from socle.lib.refusals import Refused, refuse
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import whole
from socle.programme.models import AgreementType
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, here
from socle.provisioning.desk.lists import leave
from socle.revenue import actions, rules
from socle.revenue.costs import costs, types_of
from socle.revenue.meter import Meter, meter, open_market, says_open_market
from socle.revenue.models import Ceiling, CostSheet, Reading, Receipt
from socle.ui.fields import AmountField
from socle.ui.shapes import Bar, Column, Tone, files_of
from socle.ui.submit import refusal_shown_in

NO_MONEY = "Votre opérateur ne voit pas les montants du programme."
TONES: dict[str, Tone] = {"none": "neutral", "ok": "ok", "near": "wait", "above": "danger"}
COLUMNS = (Column("Montant"), Column("Nature"), Column("Source"), Column("Retirer", is_hidden=True))
READINGS = (Column("Convention"), Column("Relevé le"), Column("Ce qui était affiché"))
SHOWN = 20
SHEET: Sheet[Receipt] = Sheet(
    "receipts",
    "recettes",
    "Recettes des exercices",
    (
        Field("Exercice", lambda one: one.year, Kind.NUMBER),
        Field("Nature", lambda one: one.get_kind_display()),
        Field("État", lambda one: one.get_state_display()),
        Field("Montant (€)", lambda one: one.amount, Kind.AMOUNT),
        Field("Source", lambda one: one.source),
        Field("Fictif", lambda one: one.is_fictitious, Kind.YES_NO),
        Field("Noté le", lambda one: one.noted_at, Kind.INSTANT),
        Field("Retiré le", lambda one: one.withdrawn_at, Kind.INSTANT),
    ),
)


COSTS: Sheet[CostSheet] = Sheet(
    "cost_sheets",
    "fiches-de-cout",
    "Fiches de coût",
    (
        Field("Exercice", lambda one: one.year, Kind.NUMBER),
        Field("Convention", lambda one: one.type.name),
        Field("Coûts directs (€)", lambda one: one.direct_costs, Kind.AMOUNT),
        Field("Frais généraux (€)", lambda one: one.overhead, Kind.AMOUNT),
        Field("Amortissements (€)", lambda one: one.depreciation, Kind.AMOUNT),
        Field("Coût complet (€)", lambda one: one.full, Kind.AMOUNT),
        Field("Aides reçues (€)", lambda one: one.grants_received, Kind.AMOUNT),
        Field("Coût net (€)", lambda one: one.net, Kind.AMOUNT),
        Field("Source", lambda one: one.source),
        Field("Fictif", lambda one: one.is_fictitious, Kind.YES_NO),
        Field("Noté le", lambda one: one.noted_at, Kind.INSTANT),
        Field("Retiré le", lambda one: one.withdrawn_at, Kind.INSTANT),
    ),
)


class ReceiptForm(forms.Form):
    """A figure of a year, and where it is read."""

    year = forms.IntegerField(label="Exercice")
    kind = forms.ChoiceField(label="Nature", choices=Receipt.Kind)
    state = forms.ChoiceField(label="État", choices=Receipt.State)
    amount = AmountField(label="Montant (€)", max_digits=14, min_value=0)
    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="Par exemple\u00a0: compte financier unique 2025, chapitre 70.",
        error_messages={"required": "Dites où ce montant se lit."},
    )


class ActChoice(forms.ModelChoiceField[Act]):
    """A deliberation, by its number and its subject."""

    def label_from_instance(self, obj: Act) -> str:
        return f"{obj.number}, {obj.subject[:80]}"


class CeilingForm(forms.Form):
    """The ceiling that a deliberation votes."""

    act = ActChoice(
        label="Délibération qui le vote",
        queryset=Act.of_operators.none(),
        error_messages={"required": "Choisissez-la."},
    )
    share = forms.DecimalField(label="Plafond (%)", max_digits=5, decimal_places=2)
    first_year = forms.IntegerField(label="À partir de l’exercice")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["act"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Act.of_operators.filter(operator=access.operator, kind=Act.Kind.DELIBERATION)


class CostForm(forms.Form):
    """The cost of a year behind a price."""

    kind = forms.ModelChoiceField(
        label="Convention",
        queryset=AgreementType.objects.none(),
        empty_label=None,
        error_messages={"required": "Choisissez la convention.", "invalid_choice": "Choisissez la convention."},
    )
    year = forms.IntegerField(label="Exercice")
    direct_costs = AmountField(label="Coûts directs (€)", max_digits=14)
    overhead = AmountField(label="Part des frais généraux (€)", max_digits=14)
    depreciation = AmountField(label="Amortissements (€)", max_digits=14)
    grants_received = AmountField(label="Aides reçues pour cela (€)", max_digits=14)
    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="Par exemple\u00a0: comptabilité analytique 2025, tableau des amortissements.",
        error_messages={"required": "Dites où ces montants se lisent."},
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "cout_%s", **kwargs})
        field = self.fields["kind"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = types_of(access.operator)


def year_of(request: HttpRequest) -> int:
    """The year asked in the address, or this one."""
    asked, this_year = request.GET.get("annee", ""), dates.day_of(timezone.now()).year
    year = whole(asked, longest=4) or this_year
    return year if rules.why_not_year(year) is None else this_year


def _receipts(access: Access) -> models.QuerySet[Receipt]:
    return Receipt.objects.filter(operator=access.operator)


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the meter of a year, what it is made of, and the figures noted."""
    return _page(request, access)


def _page(
    request: HttpRequest,
    access: Access,
    *,
    receipt: ReceiptForm | None = None,
    ceiling: CeilingForm | None = None,
    cost: CostForm | None = None,
) -> HttpResponse:
    forbid(None if access.sees_money else NO_MONEY)
    year, on = year_of(request), dates.day_of(timezone.now())
    shown, market = meter(access.operator, year), open_market(access.operator, year)
    may_note = rules.why_not_note(access.user, access.operator, on=on) is None
    known = _receipts(access).filter(withdrawn_at=None)
    context = {
        "year": year,
        "years": sorted({*known.values_list("year", flat=True), on.year}, reverse=True),
        "meter": shown,
        "bars": bars_of(shown),
        "market": says_open_market(market, year),
        "market_sources": market.sources,
        "receipts": known.filter(year=year),
        "columns": COLUMNS if may_note else COLUMNS[:-1],
        "may_note": may_note,
        "form": receipt or ReceiptForm(initial={"year": year}),
        "ceiling": ceiling or CeilingForm(access=access, initial={"first_year": year}),
        "ceilings": Ceiling.objects.filter(operator=access.operator, withdrawn_at=None).select_related("act"),
        "readings": Reading.objects.filter(operator=access.operator).select_related("agreement")[:SHOWN],
        "reading_columns": READINGS,
        "files": files_of(request, here("meter_file")),
        "costs": costs(access.operator, year),
        "cost_form": cost or CostForm(access=access, initial={"year": year, "grants_received": 0}),
        "cost_files": files_of(request, here("costs_file")),
    }
    wrong = any(form is not None and form.errors for form in (receipt, ceiling, cost))
    return render(request, "revenue/meter.html", context, status=422 if wrong else 200)


def shown_to_sign(access: Access) -> dict[str, Any] | None:
    """Return the meter as whoever signs for the lead operator reads it: a sentence, its bars, its level; else None."""
    if not access.sees_money or not access.is_lead:
        return None
    shown = meter(access.operator, dates.day_of(timezone.now()).year)
    return {"says": shown.says, "bars": bars_of(shown), "level": shown.level}


def bars_of(shown: Meter) -> list[Bar]:
    """The shares of a meter as bars, with its ceiling beside them when there is one; unknown shares are left out."""
    tone = TONES[shown.level]
    lines = (("Réalisé", shown.realised), ("Budgété", shown.budgeted), ("Avec ce qui n’est pas conclu", shown.forecast))
    bars = [
        Bar(label, float(share.value), share.percent, tone if share is shown.forecast else "info")
        for label, share in lines
        if share.value is not None
    ]
    if shown.ceiling is not None and bars:
        bars.append(Bar("Plafond voté", float(shown.ceiling.share / 100), f"{shown.ceiling.share}\u00a0%", "neutral"))
    return bars


def _refuse_others(access: Access) -> None:
    forbid(None if access.sees_money else NO_MONEY)
    refuse(rules.why_not_note(access.user, access.operator, on=dates.day_of(timezone.now())))


@gesture
def note(request: HttpRequest, access: Access) -> HttpResponse:
    """Note a figure."""
    _refuse_others(access)
    form = ReceiptForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            one = actions.note_receipt(access.operator, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(request, f"{euros(one.amount)} notés pour {one.year}.")
            return redirect(f"{reverse(here('meter'))}?annee={one.year}")
    return _page(request, access, receipt=form)


@gesture
def set_ceiling(request: HttpRequest, access: Access) -> HttpResponse:
    """Note the ceiling that an act votes."""
    _refuse_others(access)
    form = CeilingForm(request.POST, access=access)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.set_ceiling(
                form.cleaned_data["act"],
                access.operator,
                share=form.cleaned_data["share"],
                first_year=form.cleaned_data["first_year"],
                by=access.user,
                at=timezone.now(),
            )
            messages.success(request, "Le plafond est noté, avec l’acte qui le vote.")
            return redirect(here("meter"))
    return _page(request, access, ceiling=form)


@gesture
def note_cost(request: HttpRequest, access: Access) -> HttpResponse:
    """Note the cost of a year behind a price."""
    _refuse_others(access)
    form = CostForm(request.POST, access=access)
    if form.is_valid():
        said = form.cleaned_data
        amounts = {name: said[name] for name in (*CostSheet.COSTS, "grants_received")}
        about = {"year": said["year"], "amounts": amounts, "source": said["source"]}
        with refusal_shown_in(form):
            actions.note_cost(said["kind"], **about, by=access.user, at=timezone.now())
            messages.success(request, f"La fiche de coût de {said['year']} est notée.")
            return redirect(f"{reverse(here('meter'))}?annee={said['year']}")
    return _page(request, access, cost=form)


@gesture
def withdraw(request: HttpRequest, access: Access) -> HttpResponse:
    """Take back a figure, a ceiling or a cost sheet noted by mistake."""
    forbid(None if access.sees_money else NO_MONEY)
    at = timezone.now()
    if (asked := whole(request.POST.get("recette", ""))) is not None:
        receipt = get_object_or_404(_receipts(access).select_related("operator"), pk=asked)
        actions.withdraw_receipt(receipt, by=access.user, at=at)
    elif (asked := whole(request.POST.get("plafond", ""))) is not None:
        found = Ceiling.objects.filter(operator=access.operator).select_related("operator")
        actions.withdraw_ceiling(get_object_or_404(found, pk=asked), by=access.user, at=at)
    elif (asked := whole(request.POST.get("fiche", ""))) is not None:
        sheets = CostSheet.objects.filter(type__in=types_of(access.operator)).select_related("type__programme")
        actions.withdraw_cost(get_object_or_404(sheets, pk=asked), by=access.user, at=at)
    else:
        raise Refused("Rien n’est choisi\u00a0: rechargez la page.")
    messages.success(request, "C’est retiré\u00a0: ce qui était noté reste au journal, et ne compte plus.")
    return redirect(here("meter"))


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give every figure noted, withdrawn ones included, as a file."""
    forbid(None if access.sees_money else NO_MONEY)
    return leave(request, access, SHEET, _receipts(access), format)


@console_view
def export_costs(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give every cost sheet, withdrawn ones included, as a file."""
    forbid(None if access.sees_money else NO_MONEY)
    rows = CostSheet.objects.filter(type__in=types_of(access.operator)).select_related("type")
    return leave(request, access, COSTS, rows, format)
