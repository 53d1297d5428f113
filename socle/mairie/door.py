"""The beneficiaries' door, as its navigation says it."""

from dataclasses import replace

from django.http import HttpRequest
from django.utils import timezone
from django_scopes import scope

from socle.agenda.access import agenda_of
from socle.inbox.models import Status
from socle.inbox.queries import ordinary
from socle.lib.dates import day_of
from socle.mail.webmail.queries import address
from socle.mairie.openings import takes
from socle.people.acting import active_beneficiary, beneficiaries_served, opens
from socle.sites.editor import menu
from socle.sites.models import WebSite
from socle.sites.registry import MenuEntry
from socle.ui.doors import Door, Entry, Place


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
                count = ordinary(timezone.now()).filter(status=Status.NEW).count()
        request._messages_to_treat = count  # type: ignore[attr-defined]
    waiting: int = request._messages_to_treat  # type: ignore[attr-defined]
    return waiting, "à traiter"


def _shown(entry: Entry) -> Entry:
    """The same entry, shown only to whose function opens its page: the menu asks what the page asks.

    The editor's are for who has a site.
    """
    capability, is_editor = takes(entry.view), not entry.view.startswith("mairie:")

    def shown_to(request: HttpRequest) -> bool:
        if not hasattr(request, "user") or capability is None or not opens(request, capability):
            return False
        return (not is_editor or has_site(request)) and (entry.shown_to is None or entry.shown_to(request))

    return replace(entry, shown_to=shown_to, pages=tuple(map(_shown, entry.pages)))


def _opened(door: Door) -> Door:
    return replace(door, places=tuple(replace(one, entries=tuple(map(_shown, one.entries))) for one in door.places))


_DOOR = Door(
    code="mairie",
    name="Espace de la mairie",
    prefix="/mairie/",
    home="/mairie/",
    places=(
        Place("Accueil", "home", (Entry("Accueil", "mairie:home", "home"),)),
        Place("Publier", "edit", (Entry("Publier", "mairie:publish", "edit", has_site),)),
        Place(
            "Messagerie",
            "mail",
            (
                # The first opens the place: the mail itself, where it is read in the browser.
                Entry("Lire le courrier", "mairie:mail_read", "mail", lambda request: bool(address())),
                Entry("Boîtes aux lettres", "mairie:mail", "mail"),
                Entry("Messages du site", "mairie:messages", "inbox", has_site, waiting=messages_to_treat),
            ),
        ),
        Place(
            "Agenda",
            "calendar",
            (
                Entry(
                    "Agenda",
                    "mairie:agenda",
                    "calendar",
                    has_agenda,
                    also=("mairie:event_new", "mairie:calendars", "mairie:agenda_week"),
                ),
                Entry("Contacts", "mairie:contacts", "people", has_agenda),
                Entry("Salles", "mairie:venues", "enter", has_agenda),
            ),
        ),
        Place("Dossier", "folder", (Entry("Dossier", "mairie:files", "folder"),)),
        Place(
            "Actes",
            "law",
            (
                Entry("Délibérations", "mairie:acts", "law"),
                Entry("Séances", "mairie:meetings", "people"),
            ),
        ),
        Place(
            "Site",
            "website",
            menu.groups(MenuEntry("Noms de domaine", "mairie:domain_names", "settings", 65)),
        ),
        Place(
            "Plus",
            "menu",
            (
                Entry(
                    "Convention",
                    "mairie:agreements",
                    "agreement",
                    says="Ce qui est signé, et ce qui vous est dû.",
                ),
                Entry(
                    "Services",
                    "mairie:services",
                    "settings",
                    also=("mairie:handovers",),
                    says="Ce qui est en service, et comment s’en servir.",
                ),
                Entry("Sauvegardes", "mairie:backups", "backup", says="Les ordinateurs de la mairie, et leurs copies."),
                Entry(
                    "Les personnes de la mairie",
                    "mairie:people",
                    "people",
                    says="Qui a un accès, pour quoi, jusqu’à quand\u00a0; qui vous aide.",
                ),
                Entry("Identité et SIRET", "mairie:identity", "mairie", says="Sous quel nom on vous connaît ici."),
                Entry("Journal", "mairie:journal", "journal", says="Ce qui a été fait, par qui, et quand."),
                Entry(
                    "Qui a vu et fait quoi",
                    "mairie:audit",
                    "search",
                    says="Ce que les opérateurs ont consulté, et ce qui a été fait en votre nom.",
                ),
                Entry(
                    "Logiciels",
                    "mairie:tokens",
                    "key",
                    also=("mairie:webhooks",),
                    says="Les accès donnés à vos autres logiciels.",
                ),
                Entry(
                    "Mode d’emploi",
                    "mairie:guide",
                    "help",
                    says="Comment faire, pas à pas, avec les mots des écrans.",
                ),
                Entry(
                    "Changer d’organisme",
                    "mairie:bodies",
                    "swap",
                    serves_several,
                    says="Passer à une autre des mairies que vous servez.",
                ),
            ),
            listed_at="mairie:more",
        ),
    ),
)
DOOR = _opened(_DOOR)
