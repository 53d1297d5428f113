"""The operators' door, as its navigation says it."""

from django.http import HttpRequest

from socle.people.models import Role
from socle.ui.doors import Door, Entry, Section

# Who answers for what their operator's people read.
WATCHERS = (Role.PRESIDENT, Role.CDG_PRESIDENT, Role.PROGRAMME_OFFICER)


def _signs(request: HttpRequest) -> bool:
    access = getattr(request, "console_access", None)
    return access is not None and access.holds(Role.PRESIDENT, Role.CDG_PRESIDENT)


def _tends(request: HttpRequest) -> bool:
    access = getattr(request, "console_access", None)
    return access is not None and access.holds(Role.TECHNICIAN, Role.PROGRAMME_OFFICER)


def _watches(request: HttpRequest) -> bool:
    access = getattr(request, "console_access", None)
    return access is not None and access.holds(*WATCHERS)


DOOR = Door(
    code="console",
    name="Console des opérateurs",
    prefix="/console/",
    home="/console/",
    sections=(
        Section(
            entries=(
                Entry("Tableau de bord", "console:home", "chart"),
                Entry("À signer", "console:to_sign", "sign", _signs),
                Entry("Demandes", "console:join_requests", "mail"),
                Entry("Communes", "console:communes", "mairie"),
                Entry("Autres établissements", "console:bodies", "people"),
                Entry("Conventions", "console:agreements", "agreement"),
                Entry("Installations", "console:installations", "server"),
                Entry("Sauvegardes", "console:backups", "backup"),
                Entry("Sites", "console:sites", "website"),
                Entry("Contenus partagés", "console:shares", "news"),
                Entry("Lots", "console:batches", "list"),
                Entry("Fusions", "console:mergers", "swap"),
            )
        ),
        Section(
            heading="Programme",
            entries=(
                Entry("Offre et acte fondateur", "console:programme", "law"),
                Entry("Noms de domaine", "console:domain_names", "pin"),
                Entry("Territoire", "console:territory", "map"),
                Entry("Personnes", "console:people", "people"),
                Entry("Journal", "console:journal", "journal"),
                Entry("Qui a vu quoi", "console:audit", "search", _watches),
                Entry("Jetons d’accès", "console:tokens", "key"),
                Entry("Webhooks", "console:webhooks", "news"),
                Entry("Boîte d’envoi", "console:outbox", "outbox"),
                Entry("Exploitation", "console:running", "server", _tends),
                Entry("Serveurs de messagerie", "console:mail_servers", "mail", _tends),
                Entry("État de la plateforme", "console:platform", "shield", _tends),
            ),
        ),
    ),
)
