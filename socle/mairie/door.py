"""The beneficiaries' door, as its navigation says it."""

from django.http import HttpRequest
from django.utils import timezone
from django_scopes import scope

from socle.agenda.access import agenda_of
from socle.inbox.models import ContactMessage, Status
from socle.lib.dates import day_of
from socle.people.acting import active_beneficiary, beneficiaries_served
from socle.sites.models import WebSite
from socle.ui.doors import Door, Entry, Section


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


def has_agenda(request: HttpRequest) -> bool:
    """Whether the active beneficiary has agendas, open or suspended; read once per request."""
    if not hasattr(request, "_has_agenda"):
        beneficiary = active_beneficiary(request) if hasattr(request, "user") else None
        request._has_agenda = beneficiary is not None and agenda_of(beneficiary) is not None  # type: ignore[attr-defined]
    has: bool = request._has_agenda  # type: ignore[attr-defined]
    return has


def messages_to_treat(request: HttpRequest) -> tuple[int, str]:
    """How many messages of inhabitants nobody has treated yet; one query, once per request."""
    if not hasattr(request, "_messages_to_treat"):
        beneficiary = active_beneficiary(request) if hasattr(request, "user") else None
        count = 0
        if beneficiary is not None:
            with scope(beneficiary=beneficiary):
                count = ContactMessage.objects.filter(status=Status.NEW).count()
        request._messages_to_treat = count  # type: ignore[attr-defined]
    waiting: int = request._messages_to_treat  # type: ignore[attr-defined]
    return waiting, "à traiter"


DOOR = Door(
    code="mairie",
    name="Espace de la mairie",
    prefix="/mairie/",
    home="/mairie/",
    sections=(
        Section(
            entries=(
                Entry("Où en sommes-nous ?", "mairie:home", "home"),
                Entry("Services", "mairie:services", "settings", also=("mairie:handovers",)),
            )
        ),
        Section(
            heading="Le bureau",
            entries=(
                Entry("Messagerie", "mairie:mail", "mail"),
                Entry(
                    "Agenda",
                    "mairie:agenda",
                    "calendar",
                    has_agenda,
                    also=("mairie:event_new", "mairie:calendars", "mairie:agenda_week"),
                ),
                Entry("Contacts", "mairie:contacts", "people", has_agenda),
                Entry("Salles", "mairie:rooms", "enter", has_agenda),
                Entry("Dossier", "mairie:files", "folder"),
                Entry("Sauvegardes", "mairie:backups", "backup"),
            ),
        ),
        Section(
            heading="Le site",
            entries=(
                Entry("Site internet", "wagtailadmin_home", "website", has_site),
                Entry("Messages du site", "mairie:messages", "inbox", has_site, waiting=messages_to_treat),
                Entry("Noms de domaine", "mairie:domain_names", "pin"),
            ),
        ),
        Section(
            heading="La mairie",
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
                Entry("Changer d’organisme", "mairie:bodies", "swap", serves_several),
                Entry("Logiciels", "mairie:tokens", "key", also=("mairie:webhooks",)),
            ),
        ),
    ),
)
