"""Saving: the database at one instant, then every file that its rows name.

A file is on the disk before its row is written, and files are never rewritten: what is copied after the instant of
the database holds every file its rows name. A file deleted in between would be missing: the rows' files are looked for
at the end, and the whole is taken again when one went.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from socle import __version__
from socle.documents.models import Document
from socle.journal import heads
from socle.lib.refusals import Refused, refuse
from socle.lib.text import bytes_in_french
from socle.operations import file_storage, processes
from socle.operations.safekeeping import databases, inventory
from socle.operations.safekeeping.repository import Repository, Saved, Target, target_of, why_not_passphrase

Say = Callable[[str], None]
LOCK = "backup.lock"
ROUNDS = 3


@dataclass(frozen=True)
class Backup:
    """Result of `save`. `missing` are files that rows name and that were not there to be saved."""

    snapshot_id: str
    files: int
    size: int
    added: int
    rows: int
    missing: tuple[str, ...]
    unreadable: tuple[str, ...]
    is_first: bool


def open_repository(address: str, passphrase_file: str, *, only_reads: bool = False) -> Repository:
    """Open the place named, or the one of the settings; raise `Refused` when either may not be used.

    `only_reads`: write nothing, neither a lock there nor a cache here.
    """
    target = target_of(
        address or settings.SOCLE_BACKUP_TARGET,
        endpoint=settings.SOCLE_BACKUP_S3_ENDPOINT,
        may_use_http=settings.OUTGOING_HTTP,
    )
    refuse(_why_not_there(target))
    named = passphrase_file or settings.SOCLE_BACKUP_PASSPHRASE_FILE
    path = Path(named).expanduser() if named else None
    refuse(why_not_passphrase(path, data_dir=settings.DATA_DIR, target=target))
    if path is None:
        raise AssertionError("the rule refused it")
    return Repository(
        target,
        passphrase_file=path,
        key_id=settings.SOCLE_BACKUP_S3_KEY_ID,
        secret=settings.SOCLE_BACKUP_S3_SECRET,
        cache_dir=None if only_reads else settings.DATA_DIR / "cache" / "restic",
        only_reads=only_reads,
    )


def _why_not_there(target: Target) -> str | None:
    if target.folder is not None and target.folder.is_relative_to(settings.DATA_DIR):
        return (
            f"« {target.folder} » est dans le dossier de données : ce qui emporte l’un emporterait l’autre. "
            "Sauvegardez sur un autre disque, ou mieux, ailleurs."
        )
    return None


def save(repository: Repository, *, at: datetime, say: Say, progress: Callable[[float], None] | None = None) -> Backup:
    """Save everything that lasts, while the platform runs or not. Raises `Refused`; what was saved before stays."""
    refuse(inventory.why_not_all(settings.DATA_DIR))
    with processes.held(LOCK) as free:
        if not free:
            raise Refused("Une sauvegarde est déjà en cours sur cette machine : attendez qu’elle finisse.")
        is_first = not repository.exists()
        if is_first:
            repository.create()
            say("Dépôt de sauvegardes créé.")
        refuse(_why_no_space())
        missing_before: set[str] = set()
        for number in range(1, ROUNDS + 1):
            instant, saved = _save_once(repository, at=at, say=say, progress=progress)
            missing = _missing(instant)
            if saved.unreadable and number < ROUNDS:
                # Deleted while it was read, most likely: a new instant will not name it.
                repository.drop(saved.snapshot_id)
                continue
            if not missing or missing <= missing_before or number == ROUNDS:
                break
            missing_before = missing
            repository.drop(saved.snapshot_id)
        if saved.unreadable:
            repository.mark(saved.snapshot_id, "incomplete")
        else:
            (settings.DATA_DIR / inventory.LAST_BACKUP).write_text(f"{at.isoformat()}\n", encoding="utf-8")
        return Backup(
            saved.snapshot_id,
            saved.files,
            saved.size,
            saved.added,
            sum(instant.tables.values()),
            tuple(sorted(missing)),
            saved.unreadable,
            is_first,
        )


def _save_once(
    repository: Repository, *, at: datetime, say: Say, progress: Callable[[float], None] | None
) -> tuple[databases.Instant, Saved]:
    with _staging() as folder:
        # Before the database: what is sealed meanwhile only follows it.
        if "journal_entry" in databases.tables_here():
            (folder / inventory.HEAD).write_text(heads.to_save(at=at), encoding="utf-8")
        say("Base de données…")
        instant = databases.dump(folder / inventory.DUMP)
        if file_storage.are_shared():
            # After the database: what its rows name was written before them.
            say("Fichiers du stockage partagé…")
            _pull(say)
        _write_keys(folder)
        manifest = inventory.Manifest(
            version=__version__,
            database=databases.vendor(),
            engine=instant.engine,
            saved_at=at.isoformat(),
            dump_sha256=instant.sha256,
            dump_size=instant.dump.stat().st_size,
            tables=instant.tables,
            migrations=instant.migrations,
            secret_key=inventory.fingerprint(settings.SECRET_KEY),
            missing_files=sorted(_missing(instant)),
        )
        (folder / inventory.MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
        say("Fichiers…")
        saved = repository.save(
            [inventory.STAGING, *inventory.entries(settings.DATA_DIR)],
            root=settings.DATA_DIR,
            tags=(f"version={__version__}", f"database={manifest.database}"),
            # Documents being written: they appear under their name when they are whole.
            excludes=(".en-cours-*",),
            progress=progress,
        )
    return instant, saved


def _pull(say: Say) -> None:
    """Bring here what the object storage holds; only what is new travels."""
    try:
        file_storage.pull(acts=True, say=say)
        _let_ended_go()
    except OSError as error:
        raise Refused(
            f"Le stockage partagé des fichiers ne peut pas être lu ({error}) : la sauvegarde serait incomplète, elle "
            "n’a pas été faite. Vérifiez SOCLE_FILES_S3_ENDPOINT, la clé et la place sur ce disque, puis recommencez."
        ) from error


def _let_ended_go() -> None:
    """Remove what former backups brought here of documents that have ended since: the storage has them no more."""
    for public_id in Document.objects.filter(ended_at__isnull=False).values_list("public_id", flat=True).iterator():
        key = public_id.hex
        shutil.rmtree(settings.DOCUMENTS_ROOT / key[:2] / key, ignore_errors=True)


def _write_keys(folder: Path) -> None:
    """The keys in force, wherever the settings read them: without them, what they encrypted is lost."""
    (folder / inventory.SECRET_KEY).write_text(settings.SECRET_KEY, encoding="utf-8")
    (folder / inventory.FORMER_KEYS).write_text("\n".join(settings.SECRET_KEY_FALLBACKS), encoding="utf-8")


@contextlib.contextmanager
def _staging() -> Iterator[Path]:
    folder = settings.DATA_DIR / inventory.STAGING
    # Left by a backup that was killed: the lock says that nobody writes there.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _missing(instant: databases.Instant) -> set[str]:
    return {f"{Path(folder).name}/{name}" for folder, name in instant.files if not (Path(folder) / name).is_file()}


def _why_no_space() -> str | None:
    needed = databases.size() + 50_000_000
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < needed:
        return (
            f"Il faut {bytes_in_french(needed)} dans {settings.DATA_DIR}, le temps de copier la base ; "
            f"il en reste {bytes_in_french(free)}. Faites de la place, puis recommencez."
        )
    return None
