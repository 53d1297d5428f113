"""The first page of the beneficiaries' door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.mairie.access import mairie_view
from socle.people.models import Beneficiary


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show in whose name one acts and where one may go."""
    return render(request, "mairie/home.html", {"beneficiary": beneficiary})
