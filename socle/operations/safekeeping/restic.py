"""Speaks to restic: a repository in a folder or in S3 object storage. Knows nothing of what is saved.

Neither the passphrase nor the keys of the storage are ever on a command line (every person of the machine can read
those): the first stays in its file, the second travel in the environment of the process.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from socle.lib.hosts import is_loopback
from socle.lib.refusals import Refused, refuse
from socle.operations import processes

Progress = Callable[[float], None]

# What restic answers (its manual, « Exit codes »).
INCOMPLETE, NO_REPOSITORY, LOCKED, WRONG_PASSPHRASE = 3, 10, 11, 12
# What it says when the repository is not what was written.
DAMAGE = re.compile(
    r"invalid data returned|ciphertext verification|does not match|not found in|unable to load|unexpected eof|damaged|"
    r"corrupt|repository contains errors|pack .* (?:missing|contains)|no such file|load\(<|is not a valid|truncated|"
    r"invalid character|panic: |goroutine |unable to open (?:config|repository)"
)
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
    """One backup of the repository."""

    id: str
    taken_at: datetime
    tags: tuple[str, ...]
    size: int

    def tag(self, name: str) -> str:
        """The value of the tag `name=value`, or nothing."""
        return next((tag.partition("=")[2] for tag in self.tags if tag.startswith(f"{name}=")), "")

    @property
    def is_incomplete(self) -> bool:
        return "incomplete" in self.tags


@dataclass(frozen=True)
class Saved:
    """What one run of `save` did. `unreadable` are the files that could not be read."""

    snapshot_id: str
    files: int
    size: int
    added: int
    unreadable: tuple[str, ...] = ()


class DamagedRepository(Refused):
    """What the repository holds is not what was written there."""


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
        self._passphrase_file = passphrase_file.resolve()
        self._keys = (key_id, secret)
        self._cache_dir = cache_dir
        self._only_reads = only_reads
        self._program = _program()

    # --- Its life -----------------------------------------------------------------------------------------------------
    def exists(self) -> bool:
        """Whether a repository is there; raise `Refused` when it cannot be opened."""
        code, _, errors = self._run(["cat", "config"], timeout=PATIENCE)
        if code == NO_REPOSITORY:
            return False
        self._refuse(code, errors)
        return True

    def create(self) -> None:
        if self.target.folder is not None:
            folder = self.target.folder
            if folder.exists() and any(folder.iterdir()):
                raise Refused(
                    f"« {folder} » n’est pas vide et n’est pas un dépôt de sauvegardes : rien n’y a été écrit. "
                    "Donnez un dossier vide, ou à créer."
                )
        code, _, errors = self._run(["init"], timeout=PATIENCE * 2)
        self._refuse(code, errors)

    def unlock(self) -> None:
        """Remove the locks that dead commands left; those of living ones stay."""
        code, _, errors = self._run(["unlock"], timeout=PATIENCE)
        self._refuse(code, errors)

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
        code, messages, errors = self._stream([*line, "--", *paths], cwd=root, progress=progress)
        if code != INCOMPLETE:
            self._refuse(code, errors)
        summary = next(message for message in messages if message.get("message_type") == "summary")
        unreadable = tuple(str(message.get("item", "")) for message in errors if message.get("message_type") == "error")
        return Saved(
            snapshot_id=summary["snapshot_id"],
            files=summary["total_files_processed"],
            size=summary["total_bytes_processed"],
            added=summary.get("data_added_packed", summary["data_added"]),
            unreadable=unreadable or (("?",) if code == INCOMPLETE else ()),
        )

    def mark(self, snapshot_id: str, tag: str) -> None:
        code, _, errors = self._run(["tag", "--add", tag, snapshot_id])
        self._refuse(code, errors)

    def drop(self, snapshot_id: str) -> None:
        code, _, errors = self._run(["forget", snapshot_id])
        self._refuse(code, errors)

    # --- Reading ------------------------------------------------------------------------------------------------------
    def snapshots(self) -> list[Snapshot]:
        """Every backup, the oldest first."""
        code, output, errors = self._run(["snapshots"])
        self._refuse(code, errors)
        return sorted((_snapshot(row) for row in json.loads(output or b"[]")), key=lambda snapshot: snapshot.taken_at)

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
        code, output, errors = self._run(["dump", snapshot_id, f"/{path}"], as_json=False)
        self._refuse(code, errors)
        return output

    def size_of(self, snapshot_id: str) -> tuple[int, int]:
        """How many bytes, and how many files, it restores to."""
        code, output, errors = self._run(["stats", "--mode", "restore-size", snapshot_id])
        self._refuse(code, errors)
        said = json.loads(output)
        return int(said["total_size"]), int(said["total_file_count"])

    def restore(self, snapshot_id: str, into: Path, *, progress: Progress | None = None) -> int:
        """Write every file of a backup below `into`, read each again and compare; return how many files."""
        code, messages, errors = self._stream(
            ["restore", snapshot_id, "--target", str(into), "--verify"], progress=progress
        )
        if code or errors:
            self._refuse(code or 1, errors)
        summary = next((message for message in messages if message.get("message_type") == "summary"), {})
        return int(summary.get("files_restored", 0))

    # --- Keeping ------------------------------------------------------------------------------------------------------
    def check(self, *, share: str = "") -> None:
        """Verify the structure, and a share of the data itself (« 5% », « 100% »); raise `Refused` when it is wrong."""
        line = ["check"]
        if share == "100%":
            line.append("--read-data")
        elif share:
            line += ["--read-data-subset", share]
        code, _, errors = self._run(line)
        self._refuse(code, errors)

    def prune(self, rule: dict[str, str], *, is_dry: bool) -> tuple[list[Snapshot], list[Snapshot]]:
        """Forget what the rule no longer keeps, and give the room back; return what is kept and what goes.

        By age, never by number: whoever stole a key could push backups until the good ones were the oldest.
        """
        line = ["forget", "--group-by", "host", "--keep-last", "1"]
        for name, length in rule.items():
            line += [f"--keep-within-{name}", length]
        code, output, errors = self._run([*line, "--dry-run"] if is_dry else [*line, "--prune"])
        self._refuse(code, errors)
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
    def _line(self, arguments: Sequence[str], *, as_json: bool) -> list[str]:
        line = [self._program, "--repo", self.target.repository, "--password-file", str(self._passphrase_file)]
        # A reader leaves a lock in the repository for the time it reads.
        line += ["--no-lock"] if self._only_reads else ["--retry-lock", RETRY_LOCK]
        line += (
            ["--cache-dir", str(self._cache_dir)] if self._cache_dir and self.target.folder is None else ["--no-cache"]
        )
        return [*line, *(["--json"] if as_json else []), *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RESTIC_", "AWS_"))}
        key_id, secret = self._keys
        if self.target.folder is None:
            kept |= {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
        # One message of progress a second is plenty.
        return kept | {"LC_ALL": "C.UTF-8", "RESTIC_PROGRESS_FPS": "1"}

    def _run(
        self, arguments: Sequence[str], *, as_json: bool = True, timeout: float | None = None
    ) -> tuple[int, bytes, list[dict[str, Any]]]:
        if timeout is not None:
            return self._knock(arguments, timeout)
        done = subprocess.run(  # noqa: S603 (a program of the machine, with our own arguments)
            self._line(arguments, as_json=as_json),
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            preexec_fn=processes.die_with_parent,
        )
        errors = _messages(done.stderr.splitlines())
        # `check` tells its verdict on its output.
        if done.returncode:
            errors += [message for message in _messages(done.stdout.splitlines()) if "error" in str(message).lower()]
        return done.returncode, done.stdout, errors

    def _knock(self, arguments: Sequence[str], timeout: float) -> tuple[int, bytes, list[dict[str, Any]]]:
        """Run a short command; give up as soon as the storage refuses our keys, or when it does not answer in time."""
        with subprocess.Popen(  # noqa: S603 (a program of the machine, with our own arguments)
            self._line(arguments, as_json=True),
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=processes.die_with_parent,
        ) as process:
            is_late = threading.Event()

            def give_up() -> None:
                is_late.set()
                process.kill()

            clock = threading.Timer(timeout, give_up)
            clock.start()
            try:
                said = []
                for line in process.stderr or ():
                    said.append(line)
                    if b"retrying after" in line and b"bucket does not exist" in line:
                        # It would wait for somebody to make it; `init` makes it.
                        process.kill()
                        return NO_REPOSITORY, b"", []
                    if re.search(
                        rb"retrying after .*(?:signature|access ?(?:key|denied)|forbidden)", line, re.IGNORECASE
                    ):
                        process.kill()
                        raise _wrong_keys(self.target.address)
                output = process.stdout.read() if process.stdout else b""
                code = process.wait()
            except BaseException:
                process.kill()
                raise
            finally:
                clock.cancel()
        if is_late.is_set():
            raise Refused(
                f"Le stockage des sauvegardes ({self.target.address}) ne répond pas : vérifiez son adresse, "
                "le réseau, et réessayez."
            )
        return code, output, _messages(said)

    def _stream(
        self, arguments: Sequence[str], *, cwd: Path | None = None, progress: Progress | None = None
    ) -> tuple[int, list[dict[str, Any]], list[dict[str, Any]]]:
        """Run, telling the progress as it goes; return the code, the last messages and the errors."""
        kept: deque[dict[str, Any]] = deque(maxlen=50)
        process = subprocess.Popen(  # noqa: S603 (a program of the machine, with our own arguments)
            self._line(arguments, as_json=True),
            env=self._environment(),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=processes.die_with_parent,
        )
        errors: list[dict[str, Any]] = []
        try:
            for message in _iterate(process.stdout):
                kind = message.get("message_type")
                if kind == "status":
                    if progress is not None:
                        progress(float(message.get("percent_done", 0)))
                elif kind in ("error", "exit_error", "text"):
                    errors.append(message)
                else:
                    kept.append(message)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
        return code, list(kept), errors

    def _refuse(self, code: int, errors: list[dict[str, Any]]) -> None:
        if code:
            raise refusal(code, [_text(message) for message in errors], self.target.address)


def refusal(code: int, lines: Sequence[str], address: str) -> Refused:
    """Return what restic said, as a French sentence with its remedy."""
    said = "\n".join(lines)
    low = said.lower()
    if code == WRONG_PASSPHRASE or "wrong password" in low:
        return Refused(
            "Ce n’est pas la phrase de passe de ces sauvegardes : rien n’a été lu ni écrit. Donnez le bon fichier."
        )
    if code == NO_REPOSITORY:
        return Refused(f"Il n’y a pas de sauvegardes à cette adresse ({address}) : vérifiez-la.")
    if code == LOCKED:
        return Refused("Une autre commande se sert de ce dépôt de sauvegardes : réessayez quand elle aura fini.")
    if "no space left" in low or "disk quota" in low or "file too large" in low or "storagefull" in low:
        return Refused(
            "Il n’y a plus de place là où l’on écrit : rien n’a été abîmé. Faites de la place, puis recommencez."
        )
    if any(
        word in low
        for word in (
            "access denied",
            "accessdenied",
            "invalidaccesskey",
            "signaturedoesnotmatch",
            "access key",
            "forbidden",
        )
    ):
        return _wrong_keys(address)
    if any(word in low for word in ("connection refused", "no such host", "i/o timeout", "network is unreachable")):
        return Refused(f"Le stockage des sauvegardes ({address}) ne répond pas : vérifiez son adresse et le réseau.")
    if "permission denied" in low or "read-only file system" in low:
        return Refused(f"Le droit de lire ou d’écrire manque : {_last(lines)}")
    if DAMAGE.search(low):
        return DamagedRepository(
            f"Ces sauvegardes sont abîmées : rien n’a été touché ici. « socle backup check {address} » dit "
            "lesquelles ; "
            f"essayez-en une autre (--snapshot). Restic dit : {_last(lines)}"
        )
    return Refused(f"La sauvegarde n’a pas pu se faire (restic, code {code}) : {_last(lines)}")


def _wrong_keys(address: str) -> Refused:
    return Refused(
        f"Le stockage ({address}) refuse nos clés : vérifiez SOCLE_BACKUP_S3_KEY_ID, SOCLE_BACKUP_S3_SECRET et leurs "
        "droits."
    )


def _last(lines: Sequence[str]) -> str:
    told = [line.strip() for line in "\n".join(lines).splitlines() if line.strip()]
    return (told[-1] if told else "sans explication")[:300]


def _text(message: dict[str, Any]) -> str:
    error = message.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    return str(message.get("message") or error or message.get("text") or message)


def _messages(lines: Sequence[bytes]) -> list[dict[str, Any]]:
    return [_parse(line) for line in lines if line.strip()]


def _parse(line: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        said = json.loads(line)
        if isinstance(said, dict):
            return said
    return {"message_type": "text", "text": line.decode(errors="replace")}


def _iterate(stream: IO[bytes] | None) -> Iterator[dict[str, Any]]:
    for line in stream or ():
        if line.strip():
            yield _parse(line)


def _snapshot(row: dict[str, Any]) -> Snapshot:
    summary = row.get("summary") or {}
    # Python before 3.11 read no more than six digits of a second; restic writes nine.
    taken_at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", row["time"]))
    return Snapshot(row["id"], taken_at, tuple(row.get("tags") or ()), int(summary.get("total_bytes_processed", 0)))


def _program() -> str:
    found = shutil.which("restic")
    if found is None:
        raise Refused("restic n’est pas sur cette machine. Sous Debian : apt-get install restic")
    return found
