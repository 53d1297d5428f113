"""Who saw and did what about the beneficiary."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.mairie.access import mairie_view
from socle.mairie.audit import AuditFilters, Line, read
from socle.mairie.files import leave
from socle.people.exports import in_portions
from socle.people.models import Beneficiary
from socle.ui.shapes import Column, files_of

PER_PAGE = 40
COLUMNS = (Column("Quoi"), Column("Vu ou fait"), Column("Par"), Column("Quand"))
SHEET: Sheet[Line] = Sheet(
    "audit",
    "qui-a-vu-et-fait-quoi",
    "Qui a vu et fait quoi",
    (
        Field("Instant (Europe/Paris)", lambda line: line.at, Kind.INSTANT),
        Field("Vu ou fait", lambda line: "fait" if line.is_act else "vu", Kind.CODE),
        Field("Quoi", lambda line: line.label),
        Field("Par", lambda line: line.who),
        Field("Précisions", lambda line: line.detail),
    ),
    is_personal=True,
)


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """List what was read and done, the latest first."""
    filters = AuditFilters(request.GET, beneficiary)
    page = Paginator(filters.rows(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "lines": read(page.object_list),
        "columns": COLUMNS,
        "files": files_of(request, "mairie:audit_file"),
    }
    return render(request, "mairie/audit.html", context)


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    rows = in_portions(AuditFilters(request.GET, beneficiary).rows(), read)
    return leave(request, beneficiary, SHEET, rows, format)
