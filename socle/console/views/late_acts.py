"""The bodies whose acts and sessions are late: which, for what, since when, reminded when; several at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.agreements.late_acts import last_reminders
from socle.agreements.rules import why_not_write
from socle.assemblies.lateness import Kind, Late, lateness
from socle.batches.contract import Subject
from socle.lib import dates
from socle.lib.spreadsheet import Field, Sheet
from socle.lib.spreadsheet import Kind as Cells
from socle.people.models import Beneficiary
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, forbid, record_view
from socle.provisioning.desk.lists import PER_PAGE, Filters, at_place, choice, leave, text
from socle.provisioning.desk.picking import picking
from socle.ui.shapes import Column, files_of

COLUMNS = (Column("Mairie"), Column("En retard"), Column("Depuis le"), Column("Dernier rappel"))


@dataclass(frozen=True)
class LateBody:
    """A body as its line shows it: what is late, the oldest first, and when it was last reminded."""

    body: Beneficiary
    late: list[Late]
    reminded_at: datetime | None = None

    @property
    def since(self) -> date:
        return self.late[0].since

    @property
    def url(self) -> str:
        return journal_lines.address_of(self.body)


SHEET: Sheet[LateBody] = Sheet(
    "late_acts",
    "actes-en-retard",
    "Actes et séances en retard",
    (
        Field("Organisme", lambda row: row.body.name),
        Field("Code INSEE", lambda row: row.body.insee_code, Cells.CODE),
        Field("Département", lambda row: row.body.department.code, Cells.CODE),
        Field("En retard", lambda row: " ".join(one.says for one in row.late)),
        Field("Depuis le", lambda row: row.since, Cells.DAY),
        Field("Dernier rappel", lambda row: row.reminded_at and dates.day_of(row.reminded_at), Cells.DAY),
    ),
)


class LateFilters(Filters):
    code, view, title = "actes-en-retard", "console:late_acts", "Actes en retard"
    q = text("Recherche", placeholder="Commune ou code INSEE")
    nature = choice("Nature", Kind.choices)
    departement = choice("Département", (), every="Tous")

    def prepare(self, access: Access) -> None:
        self.bodies = access.beneficiaries().select_related("commune", "department")
        self.offer("departement", ((one.code, str(one)) for one in access.departments), every="Tous")

    def found(self) -> list[LateBody]:
        """Return the bodies that are late, as it is asked for, whoever waits for longest first."""
        bodies = self.bodies
        if department := self.chosen("departement"):
            bodies = bodies.filter(department__code=department)
        if wanted := self.chosen("q").strip():
            bodies = bodies.filter(at_place(wanted, commune="commune__", name="name"))
        nature = self.chosen("nature")
        late = {
            body: kept
            for body, all_of_it in lateness(bodies.values("pk"), on=dates.day_of(timezone.now())).items()
            if (kept := [one for one in all_of_it if nature in ("", one.kind)])
        }
        named = bodies.filter(pk__in=list(late)).order_by(Coalesce("commune__search_name", Lower("name")), "pk")
        return sorted((LateBody(one, late[one.pk]) for one in named), key=lambda row: row.since)


def filtered_rows(request: HttpRequest, access: Access) -> models.QuerySet[Any]:
    """Return the bodies that the list shows as this address filters it."""
    filters = LateFilters(request, access)
    rows: models.QuerySet[Any] = filters.bodies.filter(pk__in=[row.body.pk for row in filters.found()])
    return rows.order_by("name", "pk")


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the bodies that are late, with what they are late for."""
    forbid(why_not_write(by=access.user, on=dates.day_of(timezone.now())))
    filters = LateFilters(request, access)
    page = Paginator(filters.found(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        **picking(access, Subject.BENEFICIARY, COLUMNS),
        "list_code": "actes-en-retard",
        "page": page,
        "rows": _reminded(list(page)),
        "files": files_of(request, "console:late_acts_file"),
    }
    return render(request, "console/late_acts.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    forbid(why_not_write(by=access.user, on=dates.day_of(timezone.now())))
    record_view(request, "late_acts_file")
    return leave(request, access, SHEET, _reminded(LateFilters(request, access).found()), format)


def _reminded(rows: list[LateBody]) -> list[LateBody]:
    last = last_reminders(row.body.pk for row in rows)
    return [LateBody(row.body, row.late, last.get(row.body.pk)) for row in rows]
