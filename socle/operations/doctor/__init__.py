"""Examines an installation: what is checked, what was found, and the remedy in French.

A check is a function that yields findings; it may fail in any way, its failure is one more finding. `CHECKS` is read
from top to bottom: what the others need comes first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from socle.lib.findings import Examined, Finding, Severity, error, warning
from socle.operations import compatibility
from socle.operations.doctor import (
    audience,
    data,
    machine,
    machines,
    mail_certificate,
    names,
    notices,
    setup,
    start,
    wiring,
    work,
)

log = logging.getLogger("socle.doctor")


@dataclass(frozen=True)
class Check:
    """One thing to look at. `is_slow`: asks another machine, or reads a whole table; left out of a quick look."""

    code: str
    label: str
    look: Callable[[], Iterable[Finding]]
    needs_database: bool = False
    is_slow: bool = False


CHECKS: tuple[Check, ...] = (
    Check("release", "Version de la base", data.release),
    Check("settings", "Noms des réglages", setup.settings_known),
    Check("secret-key", "Clé secrète", setup.secret_key),
    Check("secrets", "Fichiers secrets", setup.secret_files),
    Check("debug", "Mode de mise au point", setup.debug),
    Check("hosts", "Noms de la plateforme", setup.hosts),
    Check("https", "Chiffrement des échanges", setup.https),
    Check("proxies", "Serveurs mandataires", setup.proxies),
    Check("demonstration", "Mode démonstration", setup.demonstration),
    Check("mail-settings", "Réglages des messages", setup.mail_settings),
    Check("disk", "Espace du disque", machine.disk),
    Check("inodes", "Nombre de fichiers du disque", machine.inodes),
    Check("folder", "Dossier des données", machine.folder),
    Check("writing", "Écriture sur le disque", machine.writing),
    Check("time-zone", "Heure légale", machine.time_zone),
    Check("ntp", "Horloge à l’heure", machine.ntp, is_slow=True),
    Check("certificates", "Certificats de signature", machine.certificates),
    Check("tls", "Certificat des noms de la plateforme", machine.tls, is_slow=True),
    Check("static", "Feuilles de style et images", data.static_files, is_slow=True),
    Check("files", "Stockage des fichiers", data.shared_files, is_slow=True),
    Check("cache", "Mémoire partagée", data.shared_cache),
    Check("database", "Base de données", data.database),
    Check("migrations", "Structure de la base", data.migrations, needs_database=True),
    Check("programmes", "Programmes", start.programmes, needs_database=True),
    Check("entrance", "Qui administre", start.entrance, needs_database=True),
    Check("models", "Modèle de convention", start.models, needs_database=True),
    Check("connections", "Connexions à la base", data.connections, needs_database=True),
    Check("clock", "Horloge de la base", data.clock, needs_database=True),
    Check("journal", "Scellement du journal", data.sealing, needs_database=True),
    Check("chain", "Chaîne du journal", data.chain, needs_database=True, is_slow=True),
    Check("kept", "Documents conservés", data.kept_documents, needs_database=True),
    Check("worker", "Exécuteur de tâches", work.worker, needs_database=True),
    Check("scheduler", "Planificateur", work.scheduler, needs_database=True),
    Check("queue", "File des tâches", work.queue, needs_database=True),
    Check("handovers", "Archives à emporter", work.handovers, needs_database=True),
    Check("zones", "Zones DNS de la messagerie", names.zones, needs_database=True, is_slow=True),
    Check("delivery", "Remise du courrier", names.delivery),
    Check("mail-certificate", "Certificat de la messagerie", mail_certificate.certificate),
    Check("failed-tasks", "Tâches en échec", work.failed_tasks, needs_database=True),
    Check("sites", "Publication des sites", work.sites, needs_database=True),
    Check("notices", "Mentions légales", notices.notices, needs_database=True),
    Check("maps", "Plans des communes", work.maps, needs_database=True),
    Check("audience", "Audience des sites", audience.audience, needs_database=True),
    Check("wiring", "Services à brancher", wiring.wiring, needs_database=True),
    Check("engines", "Moteurs des services", work.engines, is_slow=True),
    Check("seal", "Cachet de signature", setup.seal, is_slow=True),
    Check("antivirus", "Antivirus des fichiers déposés", work.antivirus, is_slow=True),
    Check("mail", "Départ des messages", work.mail, is_slow=True),
    Check("machines", "Sauvegardes des machines des mairies", machines.machines, needs_database=True),
    Check("passphrase", "Phrase de passe des sauvegardes", work.passphrase),
    Check("backups", "Sauvegardes de la plateforme", work.backups),
)


def examine(*, only: Sequence[str] = (), quick: bool = False, checks: Sequence[Check] = CHECKS) -> Iterator[Examined]:
    """Do the checks in order, and give each as it is done; a database that is refused is all that is said of it."""
    if settings.REFUSED_DATABASE:
        only, checks = (), [check for check in CHECKS if check.look is data.release]
    has_database = True
    for check in checks:
        if (only and check.code not in only) or (quick and check.is_slow):
            continue
        if check.needs_database and not has_database:
            continue  # One cause, one finding: the database's own says it.
        found = tuple(_look(check))
        if check.code == "database" and max(finding.severity for finding in found) is Severity.ERROR:
            has_database = False
        if check.code == "migrations" and data.is_empty():
            has_database = False
        yield Examined(check.code, check.label, found)


def _look(check: Check) -> list[Finding]:
    try:
        if not check.needs_database:
            return list(check.look())
        # What a failed query leaves behind stays inside.
        with transaction.atomic():
            return list(check.look())
    except DatabaseError as failure:
        log.warning("check %s: %s", check.code, type(failure).__name__)
        if not connection.in_atomic_block:
            connection.close()
        if compatibility.is_unprepared(failure):
            return [
                error(
                    "La base n’est pas encore préparée\u00a0: il y manque des tables.",
                    "Lancez «\u00a0socle migrate\u00a0», puis recommencez.",
                )
            ]
        return [
            error(
                f"La base a refusé cette lecture ({type(failure).__name__}).",
                "Mettez la base à jour (« socle migrate »), puis recommencez.",
            )
        ]
    except Exception as failure:
        log.exception("check failed: %s", check.code)
        return [
            warning(
                f"Ce contrôle n’a pas pu se faire ({type(failure).__name__}).",
                "La cause est dans les journaux techniques : transmettez-la à qui tient le logiciel.",
            )
        ]
