"""The operators' door, as its navigation says it."""

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest

from socle.agreements.rules import WRITERS
from socle.grants.rules import READERS
from socle.people.models import Role
from socle.provisioning.access import Access
from socle.provisioning.desk.access import ONLY_CONTROL, TENDERS
from socle.ui.doors import Door, Entry, Place

# Who answers for what their operator's people read.
WATCHERS = (Role.PRESIDENT, Role.CDG_PRESIDENT, Role.PROGRAMME_OFFICER)


def _to(test: Callable[[Access], bool]) -> Callable[[HttpRequest], bool]:
    """Show an entry to those whose access passes this test; to nobody else."""

    def shows(request: HttpRequest) -> bool:
        access: Access | None = getattr(request, "console_access", None)
        return access is not None and test(access)

    return shows


_signs = _to(lambda access: access.holds(Role.PRESIDENT, Role.CDG_PRESIDENT))
_keeps_the_assembly = _to(lambda access: access.holds(Role.ASSEMBLY_SECRETARY))
_writes = _to(lambda access: access.holds(*WRITERS))
_sees_money = _to(lambda access: access.sees_money)
_reads_grants = _to(lambda access: access.holds(*READERS))
_calls = _to(lambda access: access.sees_money and access.is_lead)
_tends = _to(lambda access: access.holds(*TENDERS))
_tends_for_the_lead = _to(lambda access: access.is_lead and access.holds(*TENDERS))
_watches = _to(lambda access: access.holds(*WATCHERS))


def _closed_to_control(place: Place) -> Place:
    """The same place, of which whoever only controls a grant sees the grants alone."""

    def closed(entry: Entry) -> Entry:
        def shows(request: HttpRequest) -> bool:
            access: Access | None = getattr(request, "console_access", None)
            only_controls = access is not None and access.roles == ONLY_CONTROL
            return not only_controls and (entry.shown_to is None or entry.shown_to(request))

        return entry if entry.view == "console:grants" else replace(entry, shown_to=shows)

    return replace(place, entries=tuple(closed(entry) for entry in place.entries))


PLACES = (
    Place(
        "Aujourd’hui",
        "chart",
        (
            Entry("Ce qui attend", "console:home", "list"),
            Entry("À signer", "console:to_sign", "sign", _signs),
            Entry("Demandes", "console:join_requests", "mail"),
            Entry("Lots", "console:batches", "list"),
        ),
    ),
    Place(
        "Communes",
        "mairie",
        (
            Entry("Communes", "console:communes", "mairie"),
            Entry("Autres établissements", "console:bodies", "people"),
            Entry("Installations", "console:installations", "server"),
            Entry("Sites", "console:sites", "website"),
            Entry("Contenus partagés", "console:shares", "news"),
            Entry("Noms de domaine", "console:domain_names", "pin"),
            Entry("Sauvegardes", "console:backups", "backup"),
        ),
    ),
    Place(
        "Actes et conventions",
        "agreement",
        (
            Entry("Registre", "console:agreements", "agreement"),
            Entry("Échéances", "console:deadlines", "calendar"),
            Entry("Actes en retard", "console:late_acts", "alert", _writes),
            Entry("Offre et acte fondateur", "console:programme", "law"),
            Entry("Séances", "console:meetings", "people", _keeps_the_assembly),
        ),
    ),
    Place(
        "Finances",
        "euro",
        (
            Entry("Subventions", "console:grants", "euro", _reads_grants, also=("console:reckonings",)),
            Entry("Contributions", "console:contributions", "mail", _calls),
            Entry("Activité accessoire", "console:meter", "chart", _sees_money),
        ),
    ),
    Place(
        "Réglages",
        "settings",
        (
            Entry("Personnes", "console:people", "people", says="Qui agit pour l’opérateur, et jusqu’à quand."),
            Entry("Territoire", "console:territory", "map", says="Les communes, leurs millésimes, les imports."),
            Entry("Fusions", "console:mergers", "swap", says="Les communes qui se réunissent ou se séparent."),
            Entry("Journal", "console:journal", "journal", says="Ce qui a été fait, par qui, et quand."),
            Entry("Qui a vu quoi", "console:audit", "search", _watches, says="Ce que votre équipe a consulté."),
            Entry("Boîte d’envoi", "console:outbox", "outbox", says="Les messages partis, et ceux qui attendent."),
            Entry("Jetons d’accès", "console:tokens", "key", says="Les accès donnés à d’autres logiciels."),
            Entry("Webhooks", "console:webhooks", "news", says="Les logiciels prévenus de ce qui se passe."),
            Entry("Exploitation", "console:running", "server", _tends, says="Les services, tels qu’ils tournent."),
            Entry(
                "Serveurs de messagerie",
                "console:mail_servers",
                "mail",
                _tends,
                says="Ce qu’ils font, et ce qui attend.",
            ),
            Entry("État de la plateforme", "console:platform", "shield", _tends, says="Le diagnostic complet."),
            Entry(
                "Mise en service",
                "console:first_steps",
                "check",
                _tends_for_the_lead,
                says="Ce qui est fait, et ce qui reste avant la première convention.",
            ),
        ),
        listed_at="console:settings",
    ),
)

DOOR = Door(
    code="console",
    name="Console des opérateurs",
    prefix="/console/",
    home="/console/",
    places=tuple(_closed_to_control(place) for place in PLACES),
)
