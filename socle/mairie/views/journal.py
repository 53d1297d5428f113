"""Journal of what was done for the beneficiary."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.journal.models import Entry
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.mairie import history
from socle.mairie.access import mairie_view
from socle.mairie.files import leave
from socle.people.exports import in_portions
from socle.people.models import Beneficiary
from socle.ui.shapes import files_of

PER_PAGE = 40
SHEET: Sheet[tuple[Entry, history.Line]] = Sheet(
    "journal",
    "journal",
    "Journal",
    (
        Field("Instant (Europe/Paris)", lambda row: row[1].at, Kind.INSTANT),
        Field("Acte", lambda row: row[1].label),
        Field("Précisions", lambda row: row[1].about),
        Field("Par", lambda row: row[1].who),
        Field("Rang dans la chaîne", lambda row: row[0].position, Kind.NUMBER),
        Field("Sceau", lambda row: row[0].seal),
    ),
    is_personal=True,
)


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show every line of the journal about the beneficiary, the latest first."""
    page = Paginator(history.entries_of(beneficiary), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "mairie/journal.html",
        {
            "beneficiary": beneficiary,
            "page": page,
            "lines": history.in_french(page.object_list),
            "files": files_of(request, "mairie:journal_file"),
        },
    )


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the journal, whole, as a file."""
    rows = in_portions(history.entries_of(beneficiary), history.paired)
    return leave(request, beneficiary, SHEET, rows, format)
