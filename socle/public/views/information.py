"""Legal notices: who publishes it, and how accessible it is."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.programme.models import Partner
from socle.retention.table import lasts


def _publisher() -> Partner | None:
    return Partner.objects.filter(part=Partner.Part.LEAD).select_related("operator", "programme").first()


def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how accessible the platform is: not conforming, as long as nobody has audited it (décret 2019-768)."""
    return render(request, "public/accessibility.html", {"publisher": _publisher()})


def legal(request: HttpRequest) -> HttpResponse:
    """Say who publishes and hosts the platform, and what becomes of personal data."""
    context = {
        "publisher": _publisher(),
        "director": settings.SOCLE_PUBLICATION_DIRECTOR,
        "kept": {"accounts": lasts("comptes"), "invitations": lasts("invitations"), "readings": lasts("consultations")},
    }
    return render(request, "public/legal.html", context)
