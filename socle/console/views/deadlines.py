"""The deadlines of agreements: by month, what ends, what notice closes, what is owed; and what was kept, noted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import promises
from socle.agreements.deadlines import Deadline, Kind, deadlines, with_agreements
from socle.agreements.models import Agreement
from socle.agreements.presenters import whom
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Kind as Cells
from socle.lib.text import whole
from socle.people.models import Role
from socle.programme.models import Promise
from socle.provisioning.desk.access import Access, agreement_or_404, console_view, gesture, record_view, way_back
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import PER_PAGE, Filters, at_place, choice, text
from socle.provisioning.desk.picking import BOX
from socle.ui.fields import DayField
from socle.ui.shapes import Link

COLUMNS: tuple[ListColumn[Deadline], ...] = (
    ListColumn("Échéance", lambda one: one.on, Cells.DAY),
    ListColumn(header="Nature", cell=lambda one: one.kind.label),
    ListColumn("Objet", lambda one: one.words),
    ListColumn(header="En retard", cell=lambda one: one.is_late, kind=Cells.YES_NO),
    ListColumn(header="Clause", cell=lambda one: one.due.promise.clause if one.due else ""),
    ListColumn(header="Due par", cell=lambda one: one.due.promise.owed_by if one.due else ""),
    ListColumn("Convention", lambda one: one.agreement.number, Cells.CODE, "Numéro"),
    ListColumn(header="Bénéficiaire", cell=lambda one: whom(one.agreement)),
    ListColumn(header="Département", cell=lambda one: one.agreement.bound.department.code, kind=Cells.CODE),
)
YEAR = 365
LATE = "retard"
WITHIN = [(LATE, "En retard"), ("30", "Dans 30 jours"), ("90", "Dans 3 mois"), ("180", "Dans 6 mois")]


class DeadlineFilters(Filters):
    code, view, title = "echeances", "console:deadlines", "Échéances"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Numéro, commune ou code INSEE")
    nature = choice("Nature", ())
    departement = choice("Département", (), every="Tous")
    delai = choice("Échéance", WITHIN, every="Dans un an")

    def prepare(self, access: Access) -> None:
        promised = Promise.objects.filter(type__programme=access.programme, type__has_beneficiary=True)
        kinds = [(Kind.END.value, "Fins de convention"), (Kind.NOTICE.value, "Préavis")]
        self.offer("nature", [*kinds, *((f"{Kind.PROMISE.value}-{one.code}", one.name) for one in promised)])
        self.offer("departement", ((one.code, str(one)) for one in access.departments), every="Tous")

    def found(self, agreements: QuerySet[Agreement]) -> list[Deadline]:
        """Return what falls due, as it is asked for."""
        if department := self.chosen("departement"):
            agreements = agreements.filter(beneficiary__department__code=department)
        if wanted := self.chosen("q").strip():
            agreements = agreements.filter(Q(number__icontains=wanted) | at_place(wanted))
        within, nature = self.chosen("delai"), self.chosen("nature")
        days = YEAR if (asked := whole(within, longest=5)) is None else asked
        return [
            one
            for one in deadlines(agreements, days, on=dates.day_of(timezone.now()))
            if (within != LATE or one.is_late) and nature in ("", _nature(one))
        ]


def _nature(one: Deadline) -> str:
    return f"{one.kind.value}-{one.due.promise.code}" if one.due else one.kind.value


DEADLINES: Listing[Any] = Listing(
    DeadlineFilters, COLUMNS, lambda access, filters: filters.found(access.agreements()),
    "deadlines_file", "echeances", "Échéances des conventions", dress=with_agreements,
)  # fmt: skip


class KeepForm(forms.Form):
    """The day on which what is chosen was kept, and what shows it."""

    kept_on = DayField(label="Tenue le")
    reference = forms.CharField(label="Référence (facultatif)", required=False, max_length=200)


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """Show what falls due, what is late first, then by month."""
    context, on = DEADLINES.context(request, access), dates.day_of(timezone.now())
    may_keep = access.holds(Role.PROGRAMME_OFFICER, Role.CDG_ADVISOR)
    rows = [
        (_group(one), one, whom(one.agreement), one.due is not None and one.due.begins_on <= on)
        for one in context["rows"]
    ]
    context |= {
        "rows": rows,
        "columns": (BOX, *context["columns"]) if may_keep else context["columns"],
        "pickers": may_keep,
        "form": KeepForm(initial={"kept_on": on}) if may_keep and any(row[3] for row in rows) else None,
        "crumbs": [Link("Conventions", reverse("console:agreements")), Link("Échéances")],
    }
    return render(request, "console/deadlines.html", context)


def _group(one: Deadline) -> str:
    """« En retard », « Mars 2027 »."""
    return "En retard" if one.is_late else f"{dates.MONTHS[one.on.month - 1].capitalize()}\u00a0{one.on.year}"


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give what falls due, as filtered, as a file."""
    record_view(request, "agreements_file")
    return DEADLINES.export(request, access, format)


@gesture
def keep(request: HttpRequest, access: Access) -> HttpResponse:
    """Note that what is chosen was kept on a day."""
    form = KeepForm(request.POST)
    if not form.is_valid():
        raise Refused("Indiquez le jour où c’est tenu\u00a0; la référence compte 200\u00a0caractères au plus.")
    asked = set(request.POST.getlist("choix"))
    numbers = [pk for one in asked if (pk := whole(one.partition(".")[0])) is not None][:PER_PAGE]
    at = timezone.now()
    agreements = access.agreements().filter(pk__in=numbers).select_related("programme", "beneficiary__department")
    chosen = [one for one in promises.still_due(agreements, on=dates.day_of(at)) if one.key in asked]
    if not chosen or len(chosen) != len(asked):
        raise Refused("Cochez ce qui est tenu\u00a0; si la liste a changé entre-temps, relisez-la.")
    promises.keep(chosen, **form.cleaned_data, by=access.user, at=at)
    count = len(chosen)
    messages.success(request, f"{count} promesses notées comme tenues." if count > 1 else "C’est noté comme tenu.")
    return redirect(way_back(request))


@gesture
def withdraw(request: HttpRequest, access: Access, number: str, kept_id: int) -> HttpResponse:
    """Take back what was noted as kept by mistake."""
    agreement = agreement_or_404(access, number)
    promises.withdraw(get_object_or_404(promises.kept_of(agreement), pk=kept_id), by=access.user, at=timezone.now())
    messages.success(request, "C’est retiré\u00a0: la promesse est de nouveau due.")
    return redirect("console:agreement", number)
