"""The bodies whose acts and sessions are late: which, for what, since when, reminded when; several at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.agreements.late_acts import last_reminders
from socle.agreements.rules import why_not_write
from socle.assemblies.lateness import Kind, Late, lateness
from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.lib import dates
from socle.lib.spreadsheet import Kind as Cells
from socle.people.models import Beneficiary
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, forbid
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import Filters, at_place, choice, text


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


COLUMNS: tuple[ListColumn[LateBody], ...] = (
    ListColumn("Mairie", lambda row: row.body.name, header="Organisme"),
    ListColumn(header="Code INSEE", cell=lambda row: row.body.insee_code, kind=Cells.CODE),
    ListColumn(header="Département", cell=lambda row: row.body.department.code, kind=Cells.CODE),
    ListColumn("En retard", lambda row: " ".join(one.says for one in row.late)),
    ListColumn("Depuis le", lambda row: row.since, Cells.DAY),
    ListColumn("Dernier rappel", lambda row: row.reminded_at and dates.day_of(row.reminded_at), Cells.DAY),
)


class LateFilters(Filters):
    code, view, title = "actes-en-retard", "console:late_acts", "Actes en retard"
    columns = on_page(COLUMNS)
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


def _reminded(rows: Sequence[LateBody]) -> list[LateBody]:
    last = last_reminders(row.body.pk for row in rows)
    return [replace(row, reminded_at=last.get(row.body.pk)) for row in rows]


def _bodies(rows: Sequence[LateBody]) -> models.QuerySet[Beneficiary]:
    late = Beneficiary.objects.filter(pk__in=[row.body.pk for row in rows])
    return late.select_related("commune").order_by("name", "pk")


LATE_ACTS: Listing[Beneficiary] = Listing(
    LateFilters, COLUMNS, lambda access, filters: filters.found(),
    "late_acts_file", "actes-en-retard", "Actes et séances en retard", dress=_reminded, is_read=True,
    subject=Subject.BENEFICIARY, choose_from=_bodies, call=lambda one: Chosen(str(one.pk), one.name, one.insee_code),
)  # fmt: skip


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the bodies that are late, with what they are late for."""
    forbid(why_not_write(by=access.user, on=dates.day_of(timezone.now())))
    return render(request, "console/late_acts.html", LATE_ACTS.context(request, access))


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    forbid(why_not_write(by=access.user, on=dates.day_of(timezone.now())))
    return LATE_ACTS.export(request, access, format)
