"""Checks of the data: the database, the journal, the kept documents, and what pages are made of."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.documents.models import Document
from socle.journal import heads
from socle.journal.models import Entry
from socle.lib.findings import Finding, error, fine, warning
from socle.operations import compatibility, file_storage
from socle.operations.doctor import refusals
from socle.serving import statics

# What Django 5.2 accepts at least.
OLDEST = {"postgresql": (14, 0), "sqlite": (3, 31, 0)}
# Beyond, one writer at a time is felt.
MANY_ROWS_FOR_SQLITE = 100_000
DRIFT, BIG_DRIFT = timedelta(seconds=3), timedelta(seconds=60)
# The tick seals every five seconds.
LONG_UNSEALED = timedelta(minutes=5)
LATEST_DOCUMENTS = 50
TOUCHED = (
    "Ne réparez rien\u00a0: gardez une copie de la base telle qu’elle est, cherchez qui a écrit hors de la plateforme, "
    f"et comparez avec une sauvegarde. {heads.RESTORED}"
)
# A file like a kept document, of which a second writing must be refused.
WITNESS = "temoin-ecrit-une-fois.txt"


def database() -> Iterator[Finding]:
    """It answers, and is recent enough."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        version = connection.get_database_version()
    except (DatabaseError, OSError) as failure:
        if not connection.in_atomic_block:
            connection.close()
        yield refusals.of_database(failure)
        return
    shown = ".".join(str(part) for part in version)
    if version < OLDEST.get(connection.vendor, ()):
        yield error(f"{connection.display_name} {shown} est trop ancien.", "Mettez ce serveur à jour.")
    elif connection.vendor == "sqlite" and not settings.DEMO and not is_empty() and _is_big():
        yield warning(
            "Cette installation écrit beaucoup pour SQLite, qui n’a qu’une plume.",
            "Passez à PostgreSQL (SOCLE_DATABASE_URL) : le guide « Tenir la plateforme » dit comment.",
        )
    else:
        yield fine(f"{connection.display_name} {shown} répond.")


def _is_big() -> bool:
    latest = Entry.objects.order_by("-id").values_list("id", flat=True).first()
    return (latest or 0) > MANY_ROWS_FOR_SQLITE


def release() -> Iterator[Finding]:
    """The database is not that of a release which this one does not take over."""
    if settings.REFUSED_DATABASE:
        yield error(compatibility.OF_0_1, compatibility.OF_0_1_REMEDY)
    else:
        yield fine("Elle n’est pas celle d’une version que celle-ci ne reprend pas.")


def is_empty() -> bool:
    """Whether no migration was ever applied to the base."""
    return not MigrationRecorder(connection).applied_migrations()


def migrations() -> Iterator[Finding]:
    """The tables are those this version of the code expects: no older, no newer."""
    if is_empty():
        yield error(
            "La base est vide\u00a0: elle n’a encore aucune table.",
            "Lancez «\u00a0socle migrate\u00a0», puis «\u00a0socle load-territory\u00a0» (docs/guide/installer.md).",
        )
        return
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        first = waiting[0][0]
        yield error(
            f"La base n’est pas à jour : {len(waiting)} changements attendent, à partir de « {first.app_label} "
            f"{first.name} ».",
            "Sauvegardez, puis lancez « socle migrate ».",
        )
    ours = {label for label, _ in executor.loader.graph.nodes}
    known, applied = compatibility.known(), set(executor.loader.applied_migrations)
    newer = sorted(f"{label} {name}" for label, name in applied - known if label in ours)
    if newer:
        yield error(
            f"La base a été tenue par une version plus récente de Socle (« {newer[0]} ») que celle qui tourne.",
            "Installez la version la plus récente, ou restaurez une sauvegarde d’avant son passage.",
        )
    if not waiting and not newer:
        yield fine("La base a la structure attendue.")


def connections() -> Iterator[Finding]:
    """Whether one more is let in: a server full of connections refuses people."""
    if connection.vendor != "postgresql":
        yield fine("Une base embarquée n’a pas de limite de connexions.")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity")
        used, most = cursor.fetchone()
    said = f"{used} connexions ouvertes sur {most}"
    if used >= most * 0.8:
        yield warning(
            f"La base approche de sa limite : {said}.",
            "Cherchez ce qui en garde (pg_stat_activity), baissez --workers, ou relevez max_connections.",
        )
    else:
        yield fine(f"{said}.")


def clock() -> Iterator[Finding]:
    """The clocks agree, and none went back: delays and proofs depend on it."""
    now = datetime.now(UTC)
    latest = Entry.objects.order_by("-at").values_list("at", flat=True).first()
    if latest is not None and latest > now + BIG_DRIFT:
        yield error(
            f"Le journal a une ligne du {timezone.localtime(latest):%d/%m/%Y à %H:%M}, plus tard que l’horloge de "
            "cette machine : elle a reculé.",
            "Remettez la machine à l’heure (timedatectl set-ntp true) avant toute signature.",
        )
        return
    if connection.vendor != "postgresql":
        yield fine("La base embarquée lit la même horloge, et le journal ne la dépasse pas.")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    drift = abs(theirs - datetime.now(UTC))
    said = f"{drift.total_seconds():.0f} s d’écart entre cette machine et celle de la base"
    remedy = "Mettez les deux machines à l’heure (timedatectl set-ntp true, ou chrony)."
    if drift > BIG_DRIFT:
        yield error(f"Les horloges ne s’accordent pas : {said}.", remedy)
    elif drift > DRIFT:
        yield warning(f"Les horloges s’écartent : {said}.", remedy)
    else:
        yield fine("Cette machine et celle de la base ont la même heure.")


def sealing() -> Iterator[Finding]:
    """The lines of the journal join the chain in seconds, and the chain goes on from its head."""
    if trouble := heads.why_not_go_on(at=timezone.now()):
        yield error(f"{trouble} «\u00a0socle journal verify\u00a0» dit où.", TOUCHED)
        return
    oldest = Entry.objects.filter(position__isnull=True).order_by("id").values_list("at", flat=True).first()
    waiting = Entry.objects.filter(position__isnull=True).count()
    if oldest is not None and oldest < timezone.now() - LONG_UNSEALED:
        yield warning(
            f"{waiting} lignes du journal attendent leur sceau, la plus ancienne depuis le "
            f"{timezone.localtime(oldest):%d/%m/%Y à %H:%M}.",
            "Relancez le planificateur (« socle scheduler »), qui les scelle ; sinon, « socle journal seal ».",
        )
    else:
        yield fine(f"{waiting} lignes du journal attendent leur sceau.")


def chain() -> Iterator[Finding]:
    """No line of the journal was altered, removed or added."""
    report = heads.examine(at=timezone.now())
    if report.is_intact:
        yield fine(f"Les {report.sealed} lignes scellées du journal sont intactes.")
    else:
        yield error(f"Le journal a été touché. {report.sentence}", TOUCHED)


def kept_documents() -> Iterator[Finding]:
    """The files of the latest kept documents are where their rows say."""
    with scopes_disabled():
        latest = list(Document.objects.filter(ended_at=None).order_by("-kept_at")[:LATEST_DOCUMENTS])
    missing = [document for document in latest if not document.file.storage.exists(str(document.file.name))]
    if missing:
        yield error(
            f"{len(missing)} des {len(latest)} derniers documents conservés n’ont plus leur fichier.",
            "Restaurez le dossier « kept » depuis une sauvegarde, et cherchez ce qui l’a vidé.",
        )
    else:
        yield fine(f"Les fichiers des {len(latest)} derniers documents sont là.")


def shared_files() -> Iterator[Finding]:
    """Files are where every machine reads them, and what is kept there cannot be replaced."""
    if not file_storage.are_shared():
        yield fine("Ils sont sur le disque de cette machine.")
        return
    kept = storages["kept"]
    try:
        # Written the first time; refused every other time, or the storage does not know how to refuse.
        kept.save(WITNESS, ContentFile(b"socle"))
        kept.save(WITNESS, ContentFile(b"SOCLE"))
    except FileExistsError:
        yield fine(f"Le stockage partagé répond, et ne remplace rien de ce qui est conservé ({settings.FILES_TARGET}).")
    except OSError as failure:
        yield refusals.of_storage(failure)
    else:
        yield error(
            "Le stockage partagé remplace un document déjà conservé quand on l’écrit une seconde fois.",
            "Choisissez un stockage qui respecte « If-None-Match », ou verrouillez les versions du bucket "
            "(object lock).",
        )


def static_files() -> Iterator[Finding]:
    """Pages have their look."""
    mark = settings.STATIC_ROOT / statics.MARK
    remedy = "socle collectstatic --no-input"
    if not mark.exists():
        yield error("Les feuilles de style et les images n’ont pas été rassemblées : les pages sont nues.", remedy)
    elif mark.read_text() != statics.fingerprint():
        yield warning("Les feuilles de style et les images ont changé depuis qu’elles ont été rassemblées.", remedy)
    else:
        yield fine("Rassemblées, et à jour.")


def shared_cache() -> Iterator[Finding]:
    """Attempts are counted there: without it nothing slows down who guesses passwords."""
    key, wanted = f"doctor:{secrets.token_hex(6)}", secrets.token_hex(8)
    try:
        cache.set(key, wanted, timeout=60)
        found = cache.get(key)
        cache.delete(key)
    except Exception as failure:  # Each kind of cache has its own errors.
        found = type(failure).__name__
    if found != wanted:
        yield error(
            "La mémoire partagée ne garde rien : les essais de mots de passe ne sont plus limités.",
            "Vérifiez SOCLE_CACHE_URL : un dossier où Socle peut écrire, ou « socle createcachetable » pour la base.",
        )
    elif not settings.DEMO and "locmem" in settings.CACHES["default"]["BACKEND"]:
        yield error(
            "Chaque processus a sa propre mémoire : les essais de mots de passe comptent mal.",
            "Rendez à SOCLE_CACHE_URL une mémoire partagée : filecache://… ou dbcache://socle_cache.",
        )
    else:
        yield fine("Elle garde ce qu’on lui confie.")
