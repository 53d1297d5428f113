"""Who saw and did what about the beneficiary."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.lib import spreadsheet
from socle.mairie.access import mairie_view
from socle.mairie.audit import AuditFilters, read
from socle.people.models import Beneficiary
from socle.ui.shapes import Column

PER_PAGE = 40
COLUMNS = (Column("Quoi"), Column("Vu ou fait"), Column("Par"), Column("Quand"))


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """List what was read and done, the latest first."""
    filters = AuditFilters(request.GET, beneficiary)
    page = Paginator(filters.rows(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"filters": filters, "page": page, "lines": read(page.object_list), "columns": COLUMNS}
    return render(request, "mairie/audit.html", context)


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Give the list as filtered, whole, as CSV."""
    filters = AuditFilters(request.GET, beneficiary)
    rows = (
        (line.at, "fait" if line.is_act else "vu", line.label, line.who, line.detail) for line in read(filters.rows())
    )
    headers = ("Instant (Europe/Paris)", "Vu ou fait", "Quoi", "Par", "Précisions")
    response = HttpResponse(spreadsheet.as_csv(headers, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="qui-a-vu-et-fait-quoi.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
