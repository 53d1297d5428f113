"""The beneficiaries' door, as its navigation says it."""

from django.http import HttpRequest
from django.utils import timezone

from socle.lib.dates import day_of
from socle.people.acting import active_beneficiary, beneficiaries_served
from socle.ui.doors import Door, Entry, Section
from socle.websites.models import WebSite


def serves_several(request: HttpRequest) -> bool:
    """Whether the person serves several beneficiaries today; read once per request."""
    if not hasattr(request, "_serves_several"):
        served = beneficiaries_served(request.user, on=day_of(timezone.now())) if hasattr(request, "user") else []
        request._serves_several = len(served) > 1  # type: ignore[attr-defined]
    several: bool = request._serves_several  # type: ignore[attr-defined]
    return several


def has_site(request: HttpRequest) -> bool:
    """Whether the active beneficiary has a website to edit; read once per request."""
    if not hasattr(request, "_has_site"):
        beneficiary = active_beneficiary(request) if hasattr(request, "user") else None
        found = beneficiary is not None and WebSite.objects.filter(beneficiary=beneficiary).exists()
        request._has_site = found  # type: ignore[attr-defined]
    has: bool = request._has_site  # type: ignore[attr-defined]
    return has


DOOR = Door(
    code="mairie",
    name="Espace de la mairie",
    prefix="/mairie/",
    home="/mairie/",
    sections=(
        Section(
            entries=(
                Entry("Où en sommes-nous ?", "mairie:home", "home"),
                Entry("Site internet", "wagtailadmin_home", "website", has_site),
                Entry("Messages", "mairie:messages", "mail", has_site),
                Entry("Adresse internet", "mairie:names", "pin", has_site),
                Entry("Services", "mairie:services", "settings"),
            )
        ),
        Section(
            heading="Votre dossier",
            entries=(
                Entry("Convention", "mairie:agreements", "agreement"),
                Entry("Délibérations", "mairie:acts", "law"),
                Entry("Identité et SIRET", "mairie:identity", "mairie"),
                Entry("Les personnes de la mairie", "mairie:people", "people"),
            ),
        ),
        Section(
            heading="Suivi",
            entries=(
                Entry("Journal", "mairie:journal", "journal"),
                Entry("Qui a vu et fait quoi", "mairie:audit", "search"),
                Entry("Jetons d’accès", "mairie:tokens", "key"),
                Entry("Webhooks", "mairie:webhooks", "news"),
                Entry("Changer d’organisme", "mairie:bodies", "swap", serves_several),
            ),
        ),
    ),
)
