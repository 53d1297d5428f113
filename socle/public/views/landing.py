"""The programme's page."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.lib.dates import day_of
from socle.programme.models import Power, Programme

# Only a picture beside the words: a service of another programme gets the common one.
ICONS = {
    "site-internet": "website",
    "messagerie": "mail",
    "agendas": "calendar",
    "fichiers": "folder",
    "sauvegardes": "backup",
    "connectivite-batiments": "mairie",
    "objets-connectes": "chart",
    "telephonie": "phone",
    "routeurs": "server",
    "videoprotection": "shield",
    "materiel": "settings",
    "e-administration": "document",
    "donnees-publiques": "list",
}
# What each article of the founding act empowers, and its text, in one query.
WITH_ARTICLES = Prefetch("powers", Power.objects.select_related("article"))


def show(request: HttpRequest) -> HttpResponse:
    """Show what the programme brings to a commune, by whom, on the strength of which act."""
    programme = (
        Programme.objects.select_related("founding_act", "priority_vintage")
        .prefetch_related("services", "partners__operator", "partners__departments", "schemes", WITH_ARTICLES)
        .order_by("pk")
        .first()
    )
    return render(request, "public/landing.html", told(programme) if programme else {"programme": None})


def told(programme: Programme) -> dict[str, Any]:
    """Return what a page tells of a programme: its services, its partners, its schemes as they are today."""
    today = day_of(timezone.now())
    services = [
        {"service": service, "icon": ICONS.get(service.code, "server"), "is_essential": service.is_essential}
        for service in programme.services.all()
    ]
    schemes = [
        {
            "scheme": scheme,
            "rate": f"{scheme.rate * 100:.0f}\u00a0%",
            "state": "open" if scheme.is_open_on(today) else "coming" if scheme.spend_from > today else "closed",
        }
        for scheme in programme.schemes.all()
    ]
    departments = {
        department.code: department.name
        for partner in programme.partners.all()
        for department in partner.departments.all()
    }
    return {
        "programme": programme,
        "places": ", ".join(departments[code] for code in sorted(departments)),
        "essential": [service for service in services if service["is_essential"]],
        "others": [service for service in services if not service["is_essential"]],
        "partners": programme.partners.all(),
        "schemes": schemes,
    }
