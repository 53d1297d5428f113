"""What was done for the beneficiary."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.mairie import history
from socle.mairie.access import mairie_view
from socle.people.models import Beneficiary

PER_PAGE = 40


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show every line of the journal about the beneficiary, the latest first."""
    page = Paginator(history.entries_of(beneficiary), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "mairie/journal.html",
        {"beneficiary": beneficiary, "page": page, "lines": history.in_french(page.object_list)},
    )
