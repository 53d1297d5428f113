"""Who of one's operator read what: for those who answer for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.console.door import WATCHERS
from socle.console.views.journal import named
from socle.journal import readings
from socle.journal.models import Reading
from socle.lib import dates
from socle.lib.spreadsheet import Kind
from socle.people.models import Beneficiary, User
from socle.provisioning.desk.access import Access, console_view
from socle.provisioning.desk.journal_lines import address_of
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import Filters, choice, text
from socle.ui.fields import DayInput

PERSON = f"{User._meta.label_lower}:"
DOORS = {"console": "console", "mairie": "en assistance", "api": "programme"}


@dataclass(frozen=True)
class ReadingLine:
    """One reading as the screen shows it."""

    at: datetime
    label: str
    about: str
    about_url: str
    who: str
    how: str


COLUMNS: tuple[ListColumn[ReadingLine], ...] = (
    ListColumn(header="Instant (Europe/Paris)", cell=lambda line: line.at, kind=Kind.INSTANT),
    ListColumn("Ce qui a été lu", lambda line: line.label),
    ListColumn("Bénéficiaire", lambda line: line.about),
    ListColumn("Par", lambda line: line.who),
    ListColumn("Par où", lambda line: line.how),
    ListColumn("Instant"),
)
ONLY_WATCHERS = "Seules les présidences et les personnes chargées du programme voient qui a lu quoi."


class ReadingFilters(Filters):
    code, view, title = "consultations", "console:audit", "Qui a vu quoi"
    columns = on_page(COLUMNS)
    personne = choice("Personne", (), every="Toutes")
    quoi = choice("Ce qui a été lu", (), every="Tout")
    q = text("Bénéficiaire", placeholder="Commune ou code INSEE")
    du = forms.DateField(label="Du", required=False, widget=DayInput())
    au = forms.DateField(label="Au", required=False, widget=DayInput())

    @classmethod
    def why_not_read(cls, access: Access) -> str | None:
        return None if access.holds(*WATCHERS) else ONLY_WATCHERS

    def prepare(self, access: Access) -> None:
        readers = _own(access).order_by().values_list("by_ref", flat=True).distinct()
        keys = [ref.removeprefix(PERSON) for ref in readers]
        people = User.objects.filter(pk__in=keys).order_by("name", "pk")
        self.offer("quoi", readings.kinds().items(), every="Tout")
        self.offer("personne", [(str(user.pk), user.name) for user in people])

    def apply(self, rows: QuerySet[Reading]) -> QuerySet[Reading]:
        """Narrow the readings to what is asked for."""
        if reader := self.chosen("personne"):
            rows = rows.filter(by_ref=f"{PERSON}{reader}")
        if kind := self.chosen("quoi"):
            rows = rows.filter(kind=kind)
        if since := self.cleaned_data.get("du"):
            rows = rows.filter(at__gte=dates.bounds_of(since)[0])
        if until := self.cleaned_data.get("au"):
            rows = rows.filter(at__lt=dates.bounds_of(until)[1])
        if wanted := self.chosen("q").strip():
            rows = rows.filter(beneficiary_ref__in=named(self.access, wanted))
        return rows


def _own(access: Access) -> QuerySet[Reading]:
    return Reading.objects.filter(operator_ref=readings.ref_of(access.operator))


def _read(rows: Iterable[Reading]) -> list[ReadingLine]:
    """These readings with the names of today; two queries, whatever their number."""
    found = list(rows)
    people = User.objects.in_bulk({int(one.by_ref.removeprefix(PERSON)) for one in found})
    bodies = Beneficiary.objects.select_related("commune").in_bulk(
        {int(one.beneficiary_ref) for one in found if one.beneficiary_ref}
    )
    lines = []
    for one in found:
        body = bodies.get(int(one.beneficiary_ref)) if one.beneficiary_ref else None
        reader = people.get(int(one.by_ref.removeprefix(PERSON)))
        label = readings.label_of(one.kind)
        if one.code and one.object_type in ("agreements.agreement", "joining.joinrequest"):
            label = f"{label}, n°\u00a0{one.code}"
        lines.append(
            ReadingLine(
                one.at,
                label,
                body.name if body else "",
                address_of(body) if body else "",
                reader.name if reader else "compte effacé",
                DOORS.get(one.door, one.door) + (f", jeton {one.token}" if one.token else ""),
            )
        )
    return lines


READINGS: Listing[Any] = Listing(
    ReadingFilters, COLUMNS, lambda access, filters: filters.apply(_own(access)),
    "audit_file", "qui-a-vu-quoi", "Qui a vu quoi", dress=_read, personal="readings",
)  # fmt: skip


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List what the people of one's operator read, the latest first."""
    return render(request, "console/audit.html", READINGS.context(request, access))


export = console_view(READINGS.export)
