"""The repository of the platform's own backups: a folder, or S3 object storage. Knows nothing of what is saved."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from socle.lib.hosts import is_loopback
from socle.lib.refusals import Refused, refuse
from socle.lib.restic import INCOMPLETE, NOT_HERE, Failed, Kind, Restic, instant, parsed, text_of

Progress = Callable[[float], None]

# Seconds given to a storage that does not answer: restic itself would knock at it for a quarter of an hour.
PATIENCE = 60
# How long another command that holds the repository is waited for.
RETRY_LOCK = "30s"


@dataclass(frozen=True)
class Target:
    """Where the repository is: `address` as people write it, `repository` as restic wants it."""

    address: str
    repository: str
    folder: Path | None = None


@dataclass(frozen=True)
class Snapshot:
    """One backup of the repository. `files` is how many it took; 0 when the restic that made it did not say."""

    id: str
    taken_at: datetime
    tags: tuple[str, ...]
    size: int
    files: int = 0

    def tag(self, name: str) -> str:
        """The value of the tag `name=value`, or nothing."""
        return next((tag.partition("=")[2] for tag in self.tags if tag.startswith(f"{name}=")), "")

    @property
    def is_incomplete(self) -> bool:
        return "incomplete" in self.tags


@dataclass(frozen=True)
class Saved:
    """Result of one run of `save`. `unreadable` are the files that could not be read."""

    snapshot_id: str
    files: int
    size: int
    added: int
    unreadable: tuple[str, ...] = ()


class DamagedRepository(Refused):
    """The content of the repository is not what was written there."""


def target_of(address: str, *, endpoint: str, may_use_http: bool = False) -> Target:
    """Read `/mnt/sauvegardes` or `s3://bucket/prefix`; raise `Refused` when it is neither."""
    address = address.strip()
    refuse(why_not_target(address, endpoint=endpoint, may_use_http=may_use_http))
    if address.startswith("s3://"):
        return Target(address, f"s3:{endpoint.rstrip('/')}/{address.removeprefix('s3://').strip('/')}")
    folder = Path(address).expanduser().resolve()
    return Target(str(folder), str(folder), folder)


def why_not_target(address: str, *, endpoint: str, may_use_http: bool = False) -> str | None:
    """Say why nothing can be saved at this address, or None."""
    if not address:
        return "Dites où sauvegarder : un dossier ou « s3://bucket/prefixe » (ou réglez SOCLE_BACKUP_TARGET)."
    if not address.startswith("s3://"):
        if re.match(r"[a-z0-9+]{2,}:", address, re.IGNORECASE):
            return f"« {address} » n’est pas compris : donnez un dossier, ou « s3://bucket/prefixe »."
        return None
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w./-]*)?", address) or ".." in address:
        return f"« {address} » n’est pas une adresse S3 : écrivez « s3://bucket/prefixe »."
    if not endpoint:
        return "Dites chez qui est ce stockage S3 : réglez SOCLE_BACKUP_S3_ENDPOINT (https://…)."
    where = urlsplit(endpoint)
    if where.scheme not in ("http", "https") or not where.hostname or where.username or where.query:
        return "SOCLE_BACKUP_S3_ENDPOINT n’est pas une adresse : écrivez « https://s3.exemple.fr »."
    if where.scheme == "http" and not may_use_http and not is_loopback(where.hostname):
        return (
            "SOCLE_BACKUP_S3_ENDPOINT commence par http:// : les clés du stockage seraient lisibles en chemin. "
            "Écrivez https://."
        )
    return None


def why_not_passphrase(path: Path | None, *, data_dir: Path, target: Target | None) -> str | None:
    """Say why this file may not hold the passphrase, or None. Its content is never shown."""
    if path is None:
        return (
            "Dites quel fichier contient la phrase de passe des sauvegardes (--passphrase-file, ou "
            "SOCLE_BACKUP_PASSPHRASE_FILE). Pour en faire une : « umask 077; openssl rand -base64 32 > fichier »."
        )
    try:
        status = path.stat()
        content = path.read_bytes()
    except OSError:
        return (
            f"Le fichier de la phrase de passe ({path}) ne peut pas être lu : vérifiez son chemin et son propriétaire."
        )
    if not path.is_file():
        return f"« {path} » n’est pas un fichier : donnez celui qui contient la phrase de passe."
    # systemd hands a credential over by an access list, whose mask shows where the group's rights would be.
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    is_credential = given is not None and path.parent == Path(given)
    if status.st_mode & (0o037 if is_credential else 0o077):
        return f"D’autres que vous peuvent lire la phrase de passe : faites d’abord « chmod 600 {path} »."
    if status.st_uid not in (os.geteuid(), 0):
        return (
            f"Le fichier de la phrase de passe ({path}) appartient à une autre personne : faites-en le vôtre (chown)."
        )
    for folder, what in ((data_dir, "ce qui est sauvegardé"), (target.folder if target else None, "la sauvegarde")):
        if folder is not None and path.resolve().is_relative_to(folder):
            return (
                f"La phrase de passe est rangée dans {what} : qui perd l’un perd l’autre. "
                f"Gardez-la hors de {folder}, et une copie ailleurs qu’ici."
            )
    if len(content) > 4096 or b"\0" in content or len(content.strip().splitlines()) != 1:
        return f"Le fichier de la phrase de passe ({path}) doit contenir une seule ligne."
    if len(content.strip()) < 16:
        return "La phrase de passe est trop courte : 16 caractères au moins (« openssl rand -base64 32 »)."
    return None


class Repository:
    """One repository, opened with its passphrase file. Every failure is a `Refused` with its French sentence."""

    def __init__(
        self,
        target: Target,
        *,
        passphrase_file: Path,
        key_id: str = "",
        secret: str = "",
        cache_dir: Path | None = None,
        only_reads: bool = False,
    ) -> None:
        self.target = target
        is_far = target.folder is None
        # A reader leaves a lock in the repository for the time it reads.
        self._options = ["--no-lock"] if only_reads else ["--retry-lock", RETRY_LOCK]
        try:
            self._restic = Restic(
                target.repository,
                password_file=passphrase_file.resolve(),
                cache_dir=cache_dir if is_far else None,
                environment={"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret} if is_far else None,
            )
        except Failed as failed:
            raise refusal(failed, target.address) from None

    # --- Its life -----------------------------------------------------------------------------------------------------
    def exists(self) -> bool:
        """Whether a repository is there; raise `Refused` when it cannot be opened."""
        try:
            self._restic.run([*self._options, "--json", "cat", "config"], timeout=PATIENCE, gives_up=True)
        except Failed as failed:
            if failed.kind is Kind.NO_REPOSITORY:
                return False
            raise refusal(failed, self.target.address) from None
        return True

    def create(self) -> None:
        if self.target.folder is not None:
            folder = self.target.folder
            if folder.exists() and any(folder.iterdir()):
                raise Refused(
                    f"« {folder} » n’est pas vide et n’est pas un dépôt de sauvegardes : rien n’y a été écrit. "
                    "Donnez un dossier vide, ou à créer."
                )
        self._run(["init"], timeout=PATIENCE * 2)

    def unlock(self) -> None:
        """Remove the locks that dead commands left; those of living ones stay."""
        self._run(["unlock"], timeout=PATIENCE)

    # --- Saving -------------------------------------------------------------------------------------------------------
    def save(
        self,
        paths: Sequence[str],
        *,
        root: Path,
        tags: Sequence[str],
        excludes: Sequence[str],
        progress: Progress | None = None,
    ) -> Saved:
        """Save these paths, relative to `root`."""
        line = ["backup", "--host", "socle", "--group-by", "host"]
        for tag in tags:
            line += ["--tag", tag]
        for pattern in excludes:
            line += ["--exclude", pattern]
        try:
            summary = self._summary([*line, "--", *paths], cwd=root, progress=progress)
            is_whole = True
        except Failed as failed:
            if failed.code != INCOMPLETE:
                raise refusal(failed, self.target.address) from None
            summary, is_whole = self._said, False
        errors = self._restic.errors
        unreadable = tuple(str(message.get("item", "")) for message in errors if message.get("message_type") == "error")
        return Saved(
            snapshot_id=summary["snapshot_id"],
            files=summary["total_files_processed"],
            size=summary["total_bytes_processed"],
            added=summary.get("data_added_packed", summary["data_added"]),
            unreadable=unreadable or (() if is_whole else ("?",)),
        )

    def mark(self, snapshot_id: str, tag: str) -> None:
        self._run(["tag", "--add", tag, snapshot_id])

    def drop(self, snapshot_id: str) -> None:
        self._run(["forget", snapshot_id])

    # --- Reading ------------------------------------------------------------------------------------------------------
    def snapshots(self) -> list[Snapshot]:
        """Every backup, the oldest first."""
        return sorted(
            (_snapshot(row) for row in json.loads(self._run(["snapshots"]) or b"[]")),
            key=lambda snapshot: snapshot.taken_at,
        )

    def find(self, wanted: str) -> Snapshot:
        """The backup « latest », or the one whose identifier begins so; raise `Refused` when there is none."""
        known = self.snapshots()
        if not known:
            raise Refused("Ce dépôt ne contient aucune sauvegarde : vérifiez que c’est le bon.")
        if wanted == "latest":
            whole = [snapshot for snapshot in known if not snapshot.is_incomplete]
            return (whole or known)[-1]
        found = [snapshot for snapshot in known if len(wanted) >= 4 and snapshot.id.startswith(wanted.lower())]
        if len(found) != 1:
            raise Refused(f"Aucune sauvegarde « {wanted} » ici, ou plusieurs : « socle backup list » les énumère.")
        return found[0]

    def read(self, snapshot_id: str, path: str) -> bytes:
        """The bytes of one file of a backup."""
        return self._run(["dump", snapshot_id, f"/{path}"], as_json=False)

    def size_of(self, snapshot_id: str) -> tuple[int, int]:
        """How many bytes, and how many files, it restores to."""
        said = json.loads(self._run(["stats", "--mode", "restore-size", snapshot_id]))
        return int(said["total_size"]), int(said["total_file_count"])

    def restore(self, snapshot_id: str, into: Path, *, progress: Progress | None = None) -> int:
        """Write every file of a backup below `into`, read each again and compare; return how many files."""
        try:
            summary = self._summary(["restore", snapshot_id, "--target", str(into), "--verify"], progress=progress)
            if self._restic.errors:
                raise Failed(1, [text_of(message) for message in self._restic.errors])
        except Failed as failed:
            raise refusal(failed, self.target.address) from None
        return int(summary.get("files_restored", 0))

    # --- Keeping ------------------------------------------------------------------------------------------------------
    def check(self, *, share: str = "") -> None:
        """Verify the structure, and a share of the data itself (« 5% », « 100% »); raise `Refused` when it is wrong."""
        line = ["check"]
        if share == "100%":
            line.append("--read-data")
        elif share:
            line += ["--read-data-subset", share]
        self._run(line)

    def prune(self, rule: dict[str, str], *, is_dry: bool) -> tuple[list[Snapshot], list[Snapshot]]:
        """Forget what the rule no longer keeps, and give the space back; return what is kept and what goes.

        By age, never by number: whoever stole a key could push backups until the good ones were the oldest.
        """
        line = ["forget", "--group-by", "host", "--keep-last", "1"]
        for name, length in rule.items():
            line += [f"--keep-within-{name}", length]
        output = self._run([*line, "--dry-run"] if is_dry else [*line, "--prune"])
        kept: list[Snapshot] = []
        gone: list[Snapshot] = []
        for text in output.decode(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                said = json.loads(text)
                for group in said if isinstance(said, list) else []:
                    kept += [_snapshot(row) for row in group.get("keep") or []]
                    gone += [_snapshot(row) for row in group.get("remove") or []]
        return kept, gone

    # --- The process --------------------------------------------------------------------------------------------------
    def _run(self, arguments: Sequence[str], *, as_json: bool = True, timeout: float | None = None) -> bytes:
        """Run; a short command, which has a timeout, gives up as soon as the storage refuses our keys."""
        line = [*self._options, *(["--json"] if as_json else []), *arguments]
        try:
            return self._restic.run(line, timeout=timeout, gives_up=timeout is not None)
        except Failed as failed:
            raise refusal(failed, self.target.address) from None

    def _summary(
        self, arguments: Sequence[str], *, cwd: Path | None = None, progress: Progress | None = None
    ) -> dict[str, Any]:
        """Run, telling the progress as it goes; return the summary, kept in `_said` even when it fails at its end."""
        self._said: dict[str, Any] = {}
        for line in self._restic.lines([*self._options, "--json", *arguments], cwd=cwd):
            message = parsed(line)
            if message.get("message_type") == "summary":
                self._said = message
            elif progress is not None and message.get("message_type") == "status":
                progress(float(message.get("percent_done", 0)))
        return self._said


def refusal(failed: Failed, address: str) -> Refused:
    """Return what restic said, as a French sentence with its remedy."""
    if failed.kind is Kind.DAMAGED:
        return DamagedRepository(
            f"Ces sauvegardes sont abîmées\u00a0: rien n’a été touché ici. «\u00a0socle backup check {address}\u00a0» "
            f"dit lesquelles\u00a0; essayez-en une autre (--snapshot). Restic dit\u00a0: {failed.last}"
        )
    sentence = SENTENCES.get(failed.kind, "La sauvegarde n’a pas pu se faire (restic, code {code})\u00a0: {last}")
    return Refused(sentence.format(address=address, code=failed.code, last=failed.last))


NO_ANSWER = (
    "Le stockage des sauvegardes ({address}) ne répond pas\u00a0: vérifiez son adresse et le réseau, puis réessayez."
)
SENTENCES = {
    Kind.ABSENT: NOT_HERE,
    Kind.WRONG_KEY: (
        "Ce n’est pas la phrase de passe de ces sauvegardes\u00a0: rien n’a été lu ni écrit. Donnez le bon fichier."
    ),
    Kind.NO_REPOSITORY: "Il n’y a pas de sauvegardes à cette adresse ({address})\u00a0: vérifiez-la.",
    Kind.LOCKED: "Une autre commande se sert de ce dépôt de sauvegardes\u00a0: réessayez quand elle aura fini.",
    Kind.FULL: (
        "Il n’y a plus de place là où l’on écrit\u00a0: rien n’a été abîmé. Faites de la place, puis recommencez."
    ),
    Kind.NO_ACCESS: (
        "Le stockage ({address}) refuse nos clés\u00a0: vérifiez SOCLE_BACKUP_S3_KEY_ID, SOCLE_BACKUP_S3_SECRET et "
        "leurs droits."
    ),
    Kind.NO_ANSWER: NO_ANSWER,
    Kind.LATE: NO_ANSWER,
    Kind.NO_RIGHT: "Le droit de lire ou d’écrire manque\u00a0: {last}",
}


def _snapshot(row: dict[str, Any]) -> Snapshot:
    summary = row.get("summary") or {}
    size, files = (int(summary.get(f"total_{what}_processed", 0)) for what in ("bytes", "files"))
    return Snapshot(row["id"], instant(row["time"]), tuple(row.get("tags") or ()), size, files)
