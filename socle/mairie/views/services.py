"""The services of the beneficiary, in plain words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.mairie import journey
from socle.mairie.access import mairie_view
from socle.mairie.services import shown_services
from socle.people.models import Beneficiary


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show each service: what it is for, its state, how to use it."""
    situation = journey.situation_of(beneficiary)
    return render(
        request,
        "mairie/services.html",
        {"beneficiary": beneficiary, "situation": situation, "services": shown_services(situation)},
    )
