"""The services of the beneficiary, in plain words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.mairie import journey
from socle.mairie.access import mairie_view, person
from socle.mairie.files import leave
from socle.mairie.services import ShownService, guided_services, shown_services
from socle.people.models import Beneficiary
from socle.ui.shapes import files_of

SHEET: Sheet[ShownService] = Sheet(
    "services",
    "services",
    "Services",
    (
        Field("Service", lambda one: one.service.name),
        Field("À quoi il sert", lambda one: one.service.summary),
        Field("État", lambda one: one.label),
        Field("Précisions", lambda one: one.sentence),
        Field("Simulé", lambda one: one.is_simulated, Kind.YES_NO),
        Field("Vérifié le", lambda one: one.installation.looked_at if one.installation else None, Kind.INSTANT),
    ),
)


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show each service: what it is for, its state, how to use it."""
    situation = journey.situation_of(beneficiary)
    return render(
        request,
        "mairie/services.html",
        {
            "beneficiary": beneficiary,
            "situation": situation,
            "services": guided_services(situation, by=person(request), at=timezone.now()),
            "files": files_of(request, "mairie:services_file"),
        },
    )


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the list as a file."""
    return leave(request, beneficiary, SHEET, shown_services(journey.situation_of(beneficiary)), format)
