"""Restoring: beside what is there, verified, then swapped; a power cut at any instant leaves the old or the new.

The backup is first written whole in `restoring/`, on the same disk, and verified. Then a plan is written; from there on
the restoration can only go forward: `socle restore --resume` finishes what a power cut stopped, and `socle run` refuses
to start in between. What was there is never deleted: it goes aside, in a folder (in PostgreSQL, a schema) of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_scopes import scopes_disabled

from socle import __version__
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.journal import heads
from socle.lib.refusals import Refused, refuse
from socle.lib.text import bytes_in_french, counted, number
from socle.operations import compatibility, demonstration, file_storage, processes
from socle.operations.safekeeping import databases, inventory
from socle.operations.safekeeping.repository import Repository, Snapshot
from socle.serving import statics
from socle.sites.publishing import actions as publishing

Say = Callable[[str], None]
PLAN = "plan.json"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass
class Plan:
    """Finish a restoration once the backup was written beside; each step done again changes nothing."""

    stamp: str
    entries: list[str]
    is_database_done: bool = False
    files: int = 0

    @property
    def aside(self) -> Path:
        return Path(settings.DATA_DIR) / f"{inventory.ASIDE}{self.stamp}"

    @property
    def schema(self) -> str:
        return databases.ASIDE + self.stamp.replace("-", "_").lower()


@dataclass(frozen=True)
class Restored:
    """Result of a restoration, checked once in place. `altered`: the documents whose bytes are not those kept.

    `files` counts what `saving.Backup.files` does: the dump of the database, the keys and the manifest among them.
    """

    manifest: inventory.Manifest
    files: int
    documents: int
    altered: tuple[str, ...]
    chain: journal.ChainReport
    migrations_passed: int
    aside: str
    remarks: tuple[str, ...] = field(default_factory=tuple)


def folder() -> Path:
    return Path(settings.DATA_DIR) / inventory.RESTORING


def why_not_start() -> str | None:
    """A restoration stopped half-way is finished before anything runs on it."""
    if (folder() / PLAN).exists():
        return "Une restauration a été interrompue : finissez-la d’abord, avec « socle restore --resume »."
    return None


# --- Before ----------------------------------------------------------------------------------------------------------
def why_not_restore(manifest: inventory.Manifest, *, over: bool) -> str | None:
    """Say why this backup cannot be restored here, or None."""
    if manifest.database != databases.vendor():
        ours, theirs = NAMES.get(databases.vendor(), "?"), NAMES.get(manifest.database, manifest.database)
        return (
            f"Cette sauvegarde vient d’une base {theirs}, et les réglages désignent une base {ours} : on ne "
            "restaure pas "
            "de l’une à l’autre. Donnez à SOCLE_DATABASE_URL une base du même genre."
        )
    if compatibility.is_of_0_1([(app, name) for app, name in manifest.migrations]):
        return (
            "Cette sauvegarde est celle de Socle 0.1, que la version 0.2 ne reprend pas\u00a0: rien n’a été touché. "
            "Gardez-la avec le logiciel qui l’a faite, ou choisissez une sauvegarde de la version 0.2."
        )
    known = compatibility.known()
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known and _is_installed(app)]
    if unknown:
        return (
            f"Cette sauvegarde vient de Socle {manifest.version}, plus récent que celui-ci ({__version__}) : "
            f"installez d’abord cette version-là ({unknown[-1]} est inconnu ici)."
        )
    return why_not_over_this(over=over)


def _is_installed(app: str) -> bool:
    # An app that was removed since left its lines in the table of migrations.
    return apps.is_installed(f"socle.{app}") or app in apps.app_configs


def why_not_over_this(*, over: bool) -> str | None:
    """A system that holds something is replaced only on purpose, and never while it runs."""
    if sentence := why_not_start():
        return sentence
    if processes.living_workers():
        return "Des tâches de fond tournent encore sur ce dossier de données : arrêtez Socle, puis recommencez."
    try:
        others, tables = databases.other_connections(), databases.tables_here()
    except OperationalError as error:
        said = str(error).splitlines()[0]
        return f"La base de données ne répond pas ({said}) : créez-la vide, et vérifiez SOCLE_DATABASE_URL."
    finally:
        connection.close()
    if others:
        return (
            f"D’autres programmes sont connectés à cette base ({others}) : arrêtez Socle sur toutes ses machines, "
            "puis recommencez."
        )
    # The key is made as soon as the settings are read.
    here = [name for name in inventory.entries(Path(settings.DATA_DIR)) if name != "secret-key"]
    if (tables or here) and not over:
        what = " et ".join(part for part in ("une base" if tables else "", ", ".join(here)) if part)
        return (
            f"Il y a déjà quelque chose ici ({what}) : rien n’a été touché. Restaurez dans un système vide, ou ajoutez "
            "--over : ce qui est là sera mis de côté, puis remplacé."
        )
    return None


def _why_no_space(needed: int) -> str | None:
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < needed:
        return (
            f"Il faut {bytes_in_french(needed)} dans {settings.DATA_DIR} pour restaurer à côté de ce qui est là ; "
            "il en "
            f"reste {bytes_in_french(free)}. Rien n’a été touché : faites de la place, puis recommencez."
        )
    return None


def why_not_whole(snapshot: Snapshot, files: int) -> str | None:
    """Say why so many files are not those of a backup, or None. One that says itself incomplete promises no number."""
    if snapshot.files in (0, files) or snapshot.is_incomplete:
        return None
    return (
        f"Cette sauvegarde tient {number(snapshot.files)} fichiers, et {number(files)} en sont revenus\u00a0: rien n’a "
        "été changé. Contrôlez-la («\u00a0socle backup check\u00a0»), ou choisissez-en une plus ancienne."
    )


def read_manifest(repository: Repository, snapshot: Snapshot) -> inventory.Manifest:
    return inventory.read_manifest(repository.read(snapshot.id, f"{inventory.STAGING}/{inventory.MANIFEST}"))


# --- The restoration -------------------------------------------------------------------------------------------------
def restore(
    repository: Repository,
    snapshot: Snapshot,
    *,
    over: bool,
    at: datetime,
    say: Say,
    progress: Callable[[float], None] | None = None,
) -> Restored:
    """Put a backup in place of what is here. Raises `Refused`, and then nothing here has changed."""
    with processes.held(processes.RUN_LOCK) as free:
        if not free:
            raise Refused("Socle tourne avec ce dossier de données : arrêtez-le d’abord (Ctrl-C).")
        manifest = read_manifest(repository, snapshot)
        refuse(why_not_restore(manifest, over=over))
        size, _ = repository.size_of(snapshot.id)
        refuse(_why_no_space(size + manifest.dump_size + 50_000_000))
        plan = _write_beside(repository, snapshot, manifest, at=at, say=say, progress=progress)
        return _finish(plan, manifest, say=say)


def resume(*, say: Say) -> Restored:
    """Finish the restoration that a power cut stopped. Raises `Refused` when there is none."""
    if not (folder() / PLAN).exists():
        raise Refused("Aucune restauration n’a été interrompue ici.")
    with processes.held(processes.RUN_LOCK) as free:
        if not free:
            raise Refused("Une autre restauration est en cours avec ce dossier de données.")
        plan = Plan(**json.loads((folder() / PLAN).read_text(encoding="utf-8")))
        saved = folder() / inventory.STAGING
        manifest = inventory.read_manifest((saved / inventory.MANIFEST).read_bytes())
        return _finish(plan, manifest, say=say)


def _write_beside(
    repository: Repository,
    snapshot: Snapshot,
    manifest: inventory.Manifest,
    *,
    at: datetime,
    say: Say,
    progress: Callable[[float], None] | None,
) -> Plan:
    beside = folder()
    # A restoration stopped before its plan changed nothing: what it wrote is taken away.
    _remove(beside)
    beside.mkdir(mode=0o700)
    try:
        say("Lecture de la sauvegarde, à côté de ce qui est là…")
        repository.restore(snapshot.id, beside, progress=progress)
        # Before anything is added to them.
        files = sum(len(names) for _, _, names in os.walk(beside))
        refuse(why_not_whole(snapshot, files))
        saved = beside / inventory.STAGING
        dumped = saved / inventory.DUMP
        if not dumped.is_file() or databases.sha256_of(dumped) != manifest.dump_sha256:
            raise Refused("La base restaurée n’est pas celle qui fut sauvegardée : rien n’a été changé.")
        if manifest.database == "sqlite":
            databases.check_sqlite_dump(dumped, manifest.tables)
        _prepare_keys_and_marker(beside)
        stamp = at.strftime("%Y%m%d-%H%M%S")
        plan = Plan(stamp, sorted(path.name for path in beside.iterdir() if path.name != inventory.STAGING))
        plan.files = files
        _write_plan(plan)
    except BaseException:
        if not (beside / PLAN).exists():
            _remove(beside)
        raise
    return plan


def _prepare_keys_and_marker(beside: Path) -> None:
    """The key in force then, wherever it came from; the head of the saved journal; the marker of a demonstration."""
    key = beside / "secret-key"
    key.unlink(missing_ok=True)
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write((beside / inventory.STAGING / inventory.SECRET_KEY).read_text(encoding="utf-8"))
    head = beside / inventory.STAGING / inventory.HEAD
    if head.exists():
        shutil.copyfile(head, beside / inventory.HEAD)
    marker = beside / settings.DEMO_MARKER.name
    if marker.exists():
        marker.write_text(demonstration.mark(), encoding="utf-8")


def _finish(plan: Plan, manifest: inventory.Manifest, *, say: Say) -> Restored:
    """Swap; then look at what is in place."""
    saved = folder() / inventory.STAGING
    if not plan.is_database_done:
        say("Base de données…")
        _swap_database(plan, manifest, saved / inventory.DUMP)
        plan.is_database_done = True
        _write_plan(plan)
    say("Fichiers…")
    for name in plan.entries:
        _swap(folder() / name, Path(settings.DATA_DIR) / name, plan.aside)
    # What is not in the backup goes aside as well: a restored system holds what was saved, and nothing else.
    for name in inventory.entries(Path(settings.DATA_DIR)):
        if name not in plan.entries:
            _put_aside(Path(settings.DATA_DIR) / name, plan.aside)
    if inventory.HEAD not in plan.entries:
        # A backup older than the heads: the one that is here is that of the replaced database.
        _put_aside(Path(settings.DATA_DIR) / inventory.HEAD, plan.aside)
    secret = (saved / inventory.SECRET_KEY).read_text(encoding="utf-8")
    former = (saved / inventory.FORMER_KEYS).read_text(encoding="utf-8").split()
    # Counters and pages of the system that was replaced.
    shutil.rmtree(Path(settings.DATA_DIR) / "cache", ignore_errors=True)
    _forget_generated_key(plan)
    (folder() / PLAN).unlink()
    _remove(folder())
    # What is here was saved then, and nothing since: the age of the last backup goes on being told.
    (Path(settings.DATA_DIR) / inventory.LAST_BACKUP).write_text(f"{manifest.saved_at}\n", encoding="utf-8")
    say("Vérification…")
    return _look(plan, manifest, secret, former)


def _swap_database(plan: Plan, manifest: inventory.Manifest, dumped: Path) -> None:
    connection.close()
    if manifest.database == "postgresql":
        try:
            databases.load_postgresql(dumped, manifest.tables, aside=plan.schema)
        except BaseException:
            # Nothing was changed, and nothing is half-done: the plan would only bar the way.
            (folder() / PLAN).unlink(missing_ok=True)
            _remove(folder())
            raise
        return
    target, *companions = databases.sqlite_files()
    target.parent.mkdir(parents=True, exist_ok=True)
    ready = target.with_name(target.name + ".restoring")
    shutil.copyfile(dumped, ready)
    ready.chmod(0o600)
    _flush(ready)
    if target.exists() and not target.stat().st_size:
        # Made as it was looked for: there was no database.
        target.unlink()
    if not (plan.aside / target.name).exists():
        for path in (*companions, target):
            _put_aside(path, plan.aside)
    ready.replace(target)
    _flush(target.parent)


def _swap(ready: Path, place: Path, aside: Path) -> None:
    if not ready.exists():
        # Swapped before the power cut.
        return
    _put_aside(place, aside)
    ready.rename(place)
    _flush(place.parent)


def _put_aside(path: Path, aside: Path) -> None:
    if not path.exists() and not path.is_symlink():
        return
    aside.mkdir(mode=0o700, exist_ok=True)
    place = aside / path.name
    number = 1
    while place.exists():
        number += 1
        place = aside / f"{path.name}.{number}"
    try:
        path.rename(place)
    except OSError:
        # The database may be on another disk than the files.
        shutil.move(path, place)


def _forget_generated_key(plan: Plan) -> None:
    """A system that was empty had one thing: the key made as its settings were read."""
    if plan.aside.is_dir() and [path.name for path in plan.aside.iterdir()] == ["secret-key"] and not _has_schema(plan):
        shutil.rmtree(plan.aside)


def _has_schema(plan: Plan) -> bool:
    if connection.vendor == "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", [plan.schema])
        return cursor.fetchone() is not None


def _look(plan: Plan, manifest: inventory.Manifest, secret: str, former_keys: list[str]) -> Restored:
    """Read again what is in place: the documents by their bytes, the journal by its chain."""
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    # They are not saved: without their list no page can be drawn, and whatever draws one would fail until a start.
    statics.collect_if_needed()
    if file_storage.are_shared():
        # What came back on this disk goes where the other machines read it; nothing there is replaced.
        file_storage.push(acts=True, say=lambda sentence: None)
    chain = heads.examine(at=timezone.now(), keys=[heads.public_key_of(one) for one in (secret, *former_keys)])
    altered, documents = [], 0
    with scopes_disabled():
        for document in documents_to_check().iterator(chunk_size=1000):
            documents += 1
            if not _is_as_kept(document):
                altered.append(str(document.public_id))
    # Where the sites are published may be outside of what was saved: what is not there is made anew.
    unserved = publishing.note_unserved(at=timezone.now())
    remarks = []
    if unserved:
        remarks.append(
            f"{counted(unserved, 'site')} à republier\u00a0: l’exécuteur le fait dès qu’il tourne, ou «\u00a0socle "
            "publish\u00a0» tout de suite."
        )
    if (before := heads.count_in(plan.aside / inventory.HEAD)) > chain.sealed:
        remarks.append(
            f"Le journal de ce qui était là allait jusqu’à la ligne {number(before)}\u00a0; celui qui est rétabli "
            f"s’arrête à la ligne {number(chain.sealed)}. Les relevés du journal gardés ailleurs depuis cette "
            "sauvegarde n’y répondront donc plus\u00a0: notez-le à côté d’eux."
        )
    if settings.IS_SECRET_KEY_GIVEN and inventory.fingerprint(settings.SECRET_KEY) != manifest.secret_key:
        remarks.append(
            "SOCLE_SECRET_KEY désigne une autre clé que celle de la sauvegarde : retirez ce réglage (la bonne clé est "
            "revenue dans « secret-key »), ou ce qui fut chiffré ne pourra plus être lu."
        )
    if set(former_keys) - set(settings.SECRET_KEY_FALLBACKS):
        path = Path(settings.DATA_DIR) / "former-keys"
        path.touch(mode=0o600)
        path.write_text("\n".join(former_keys), encoding="utf-8")
        remarks.append(
            f"D’anciennes clés servaient encore : {path} les contient ; nommez-les dans SOCLE_SECRET_KEY_FALLBACKS."
        )
    if manifest.missing_files:
        remarks.append(f"Des fichiers manquaient déjà lors de la sauvegarde ({len(manifest.missing_files)}).")
    aside = []
    if plan.aside.exists():
        aside.append(str(plan.aside))
    if _has_schema(plan):
        aside.append(f"schéma PostgreSQL {plan.schema}")
    return Restored(manifest, plan.files, documents, tuple(altered), chain, pending, " et ".join(aside), tuple(remarks))


def documents_to_check() -> models.QuerySet[Document]:
    """The documents whose file is looked for once all is restored: those that have not ended."""
    return Document.objects.filter(ended_at=None).only("file", "sha256", "public_id").order_by("pk")


def _is_as_kept(document: Document) -> bool:
    try:
        with document.file.open("rb") as file:
            return hashlib.file_digest(file.file, "sha256").hexdigest() == document.sha256
    except OSError:
        return False


def _write_plan(plan: Plan) -> None:
    path = folder() / PLAN
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    _flush(temporary)
    temporary.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
