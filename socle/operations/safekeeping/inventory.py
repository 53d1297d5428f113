"""Inventory of a backup: everything in the data directory, except what is made again by itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from socle.journal import heads
from socle.lib.refusals import Refused

FORMAT = 1
# Where the dump and the manifest wait for the time of a backup; their place in the backup too.
STAGING = "saving"
DUMP, MANIFEST, SECRET_KEY, FORMER_KEYS = "database.dump", "manifest.json", "secret-key", "former-keys"
# The head of the journal’s chain: the one of the saved database, not the later one of the data directory.
HEAD = heads.FILE
# Where a restoration is made ready, and where what it replaces goes.
RESTORING, ASIDE = "restoring", "aside-"
# When the last backup succeeded, for whoever asks how this machine goes.
LAST_BACKUP = "last-backup"
# Made again by itself, or of this machine only. What is not named here is saved: a new folder is never forgotten.
# The saves of the mairies' machines are copies already, encrypted, and on a disk of their own in production; the mail
# servers of a trial have a copy of their messages of their own, each night (`socle mail-servers save`); the zones of
# its name server are written again from our rows (`socle zones`).
NOT_SAVED = (
    *("static", "cache", "logs", "locks", "metrics", "run.lock", "handovers", "machine-backups", "mail-servers"),
    *("name-server", "port", "transmission-server"),
    *(STAGING, RESTORING, LAST_BACKUP, HEAD),
)


@dataclass(frozen=True)
class Manifest:
    """Description of a backup."""

    version: str
    database: str
    engine: str
    saved_at: str
    dump_sha256: str
    dump_size: int
    tables: dict[str, int]
    migrations: list[list[str]]
    secret_key: str
    missing_files: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def taken_at(self) -> datetime:
        return datetime.fromisoformat(self.saved_at)

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)


def read_manifest(content: bytes) -> Manifest:
    """Read what a backup says of itself; raise `Refused` when it says nothing that we understand."""
    strange = "Cette sauvegarde n’a pas été faite par « socle backup », ou elle est abîmée : rien n’a été touché."
    try:
        said = json.loads(content)
    except ValueError as error:
        raise Refused(strange) from error
    if not isinstance(said, dict) or not isinstance(said.get("format"), int):
        raise Refused(strange)
    if said["format"] > FORMAT:
        raise Refused("Cette sauvegarde vient d’une version plus récente de Socle : installez d’abord celle-là.")
    try:
        manifest = Manifest(**said)
        is_sound = (
            all(isinstance(name, str) and isinstance(count, int) for name, count in manifest.tables.items())
            and all(len(row) == 2 for row in manifest.migrations)
            and bool(manifest.taken_at)
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise Refused(strange) from error
    if not is_sound:
        raise Refused(strange)
    return manifest


def entries(folder: Path) -> list[str]:
    """The names, in the data directory, of what is saved as it is. The database is saved by its dump."""
    database = Path(str(settings.DATABASES["default"]["NAME"])).name
    names = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_database = path.name.startswith((database, "socle.sqlite3"))
        if path.name in NOT_SAVED or path.name.startswith(ASIDE) or path.suffix == ".tmp" or is_database:
            continue
        names.append(path.name)
    return names


def why_not_all(folder: Path) -> str | None:
    """A link would be saved as a link, without what it leads to: say so before trusting the backup."""
    for name in entries(folder):
        if (folder / name).is_symlink():
            return (
                f"« {folder / name} » est un lien : ce vers quoi il mène ne serait pas sauvegardé. "
                "Montez ce disque à cette place, ou déplacez tout le dossier de données (SOCLE_DATA_DIR)."
            )
    return None


def fingerprint(secret: str) -> str:
    """Enough to tell two keys apart, and nothing of them."""
    return hashlib.sha256(f"socle backup:{secret}".encode()).hexdigest()[:16]
