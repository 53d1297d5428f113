"""Runs restic on a repository of this machine's disk, and reads what it says. Knows no model.

Each run has an end, in time and in bytes: what a machine wrote in its repository is somebody else's, and may be made to
be endless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle.backups.contract import Busy, Damaged, SeenFile, SeenSnapshot, StoreError, WrongKey
from socle.lib import restic
from socle.lib.restic import Failed, Kind, instant

RETRY_LOCK = "20s"
ACTING = ("forget", "unlock", "init", "key")
SHORT, LONG = 120.0, 6 * 3600.0
MOST_BYTES, MOST_LINE = 64 * 1024 * 1024, 1024 * 1024
MOST_SNAPSHOTS, MOST_PATHS, MOST_TEXT = 20_000, 50, 300
# Beyond what a disk holds, a size is a lie.
MOST_SIZE = 2**53
ID = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Restic:
    """One repository, opened by one key."""

    def __init__(self, repository: Path, key: str) -> None:
        with _in_french():
            self._restic = restic.Restic(str(repository), key=key)

    # --- Asking -------------------------------------------------------------------------------------------------------
    def opens(self) -> bool:
        """Whether the key opens it. Raises StoreError when there is no saying."""
        try:
            self.run(["cat", "config"])
        except WrongKey:
            return False
        return True

    def snapshots(self) -> list[SeenSnapshot]:
        """Every save, the oldest first."""
        return snapshots_in(self.run(["snapshots", "--json"]))

    def files(self, snapshot_id: str) -> Iterator[SeenFile]:
        """The files of a save, one by one: a save of a million of them is never held whole."""
        for line in self.lines(["ls", "--json", _id(snapshot_id)]):
            if (found := file_in(line)) is not None:
                yield found

    def node(self, snapshot_id: str, path: str) -> tuple[int, tuple[str, ...]]:
        """The size of a file, and the SHA-256 of each of its pieces, as the tree of the save gives them."""
        folder, _, name = path.rpartition("/")
        tree = self.run(["cat", "tree", f"{_id(snapshot_id)}:{folder or '/'}"])
        return node_in(tree, name)

    def lengths(self) -> dict[str, int]:
        """How long each piece kept is, before compression, by its SHA-256: read from the indexes."""
        found: dict[str, int] = {}
        for index in ids_in(self.run(["list", "index"])):
            found |= lengths_in(self.run(["cat", "index", index]))
        return found

    def pieces(self, snapshot_id: str, path: str) -> Iterator[bytes]:
        """The content of one file, as it comes; raise Damaged at its end when it could not be given whole."""
        with _in_french():
            yield from self._restic.stream(_line(["dump", _id(snapshot_id), path]), timeout=LONG)

    def lines(self, arguments: Sequence[str]) -> Iterator[bytes]:
        """Yield the output of restic, line by line; a line that never ends is refused."""
        with _in_french(endless="restic répond une ligne sans fin\u00a0: ce dépôt n’est pas lu."):
            yield from self._restic.lines(_line(arguments), timeout=LONG, most_line=MOST_LINE)

    # --- Acting -------------------------------------------------------------------------------------------------------
    def check(self, *, share: str = "") -> None:
        """Verify the structure, and a share of the data."""
        line = ["check", *(["--read-data"] if share == "100%" else ["--read-data-subset", share] if share else [])]
        self.run(line, timeout=LONG)

    def forget(self, ids: Iterable[str]) -> None:
        """Let exactly these go, and give their space back."""
        chosen = [_id(one) for one in ids]
        if chosen:
            self.run(["forget", "--prune", *chosen], timeout=LONG)

    def unlock(self) -> None:
        """Remove every lock, whoever holds it."""
        self.run(["unlock", "--remove-all"])

    def restore(self, snapshot_id: str, into: Path) -> int:
        """Write a whole save below a folder; return how many files were restored."""
        told = self.run(["restore", _id(snapshot_id), "--target", str(into), "--verify", "--json"], timeout=LONG)
        for line in reversed(told.splitlines()):
            said = _parsed(line)
            if isinstance(said, dict) and said.get("message_type") == "summary":
                return _size(said.get("files_restored"))
        return 0

    # --- The process --------------------------------------------------------------------------------------------------
    def run(self, arguments: Sequence[str], *, timeout: float = SHORT) -> bytes:
        """Run to its end and return what it said; raise a StoreError that says why it failed, without any secret."""
        with _in_french():
            return self._restic.run(_line(arguments), timeout=timeout, most_bytes=MOST_BYTES)


def _line(arguments: Sequence[str]) -> list[str]:
    # Who only reads takes no lock: one that a stolen key keeps for ever hides nothing from us.
    return [*(["--retry-lock", RETRY_LOCK] if arguments[0] in ACTING else ["--no-lock"]), *arguments]


@contextmanager
def _in_french(*, endless: str = "restic répond plus que de raison\u00a0: ce dépôt n’est pas lu.") -> Iterator[None]:
    try:
        yield
    except Failed as failed:
        raise StoreError(endless) if failed.kind is Kind.ENDLESS else refusal(failed) from None


def refusal(failed: Failed) -> StoreError:
    """Return why restic failed as a French sentence, which quotes nothing of it: a name, a path may be anybody's."""
    kind, sentence = SENTENCES.get(failed.kind, (StoreError, f"restic n’a pas pu le faire (code {failed.code})."))
    return kind(sentence)


SENTENCES: dict[Kind, tuple[type[StoreError], str]] = {
    Kind.ABSENT: (StoreError, restic.NOT_HERE),
    Kind.WRONG_KEY: (WrongKey, "La clé de l’opérateur n’ouvre pas ce dépôt."),
    Kind.LOCKED: (Busy, "Une sauvegarde est en cours dans ce dépôt\u00a0: nouvel essai plus tard."),
    Kind.NO_REPOSITORY: (Damaged, "Il n’y a pas de dépôt ici, ou sa configuration manque."),
    Kind.FULL: (StoreError, "Il n’y a plus de place sur le disque des sauvegardes\u00a0: faites-en, puis recommencez."),
    Kind.NO_RIGHT: (StoreError, "Le droit de lire ou d’écrire dans le dossier des sauvegardes manque."),
    Kind.MISSING: (Damaged, "Cette sauvegarde ne contient pas un fichier qu’elle annonce."),
    Kind.DAMAGED: (Damaged, "Ce dépôt est abîmé\u00a0: ce qu’il rend n’est pas ce qui y fut écrit."),
    Kind.LATE: (StoreError, "restic n’a pas fini dans le temps imparti\u00a0: il a été arrêté, rien n’est abîmé."),
}


# --- Reading what it says: written by whoever holds a key, believed of nothing ------------------------------------
def snapshots_in(said: bytes) -> list[SeenSnapshot]:
    """Read the answer of `snapshots --json`; a row that is none spoils nothing, an answer that is no list does."""
    rows = _parsed(said or b"[]")
    if not isinstance(rows, list) or len(rows) > MOST_SNAPSHOTS:
        raise StoreError("La liste des sauvegardes de ce dépôt ne se lit pas.")
    found = []
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not ID.fullmatch(row["id"]):
            continue
        if (taken_at := _instant(row.get("time"))) is None:
            continue
        summary = row.get("summary") if isinstance(row.get("summary"), dict) else {}
        paths = row.get("paths") if isinstance(row.get("paths"), list) else []
        found.append(
            SeenSnapshot(
                row["id"],
                taken_at,
                _text(row.get("hostname"), 80),
                tuple(_text(path, MOST_TEXT) for path in (paths or [])[:MOST_PATHS] if isinstance(path, str)),
                _size((summary or {}).get("total_bytes_processed")),
                _size((summary or {}).get("total_files_processed")),
            )
        )
    return sorted(found, key=lambda one: (one.taken_at, one.id))


def file_in(line: bytes) -> SeenFile | None:
    """Read one line of `ls --json`: a plain file that can be named again, or None."""
    row = _parsed(line)
    if not isinstance(row, dict) or row.get("type") != "file" or not isinstance(row.get("path"), str):
        return None
    path = row["path"]
    # A name that is no UTF-8 comes back changed, and could not be asked for.
    if not path.startswith("/") or "\0" in path or "\ufffd" in path or len(path) > 4096:
        return None
    return SeenFile(path, _size(row.get("size")))


def node_in(tree: bytes, name: str) -> tuple[int, tuple[str, ...]]:
    """Find a file in the answer of `cat tree`. Raises Damaged when the tree does not know it."""
    said = _parsed(tree)
    nodes = said.get("nodes") if isinstance(said, dict) else None
    for node in nodes if isinstance(nodes, list) else []:
        if isinstance(node, dict) and node.get("name") == name and node.get("type") == "file":
            content = node.get("content") or []
            if isinstance(content, list) and all(isinstance(one, str) and ID.fullmatch(one) for one in content):
                return _size(node.get("size")), tuple(content)
    raise Damaged("L’arbre de cette sauvegarde ne connaît pas un fichier qu’elle annonce.")


def ids_in(said: bytes) -> list[str]:
    """Read the answer of `list`: identifiers, one a line."""
    return [line for line in said.decode("ascii", "replace").split() if ID.fullmatch(line)]


def lengths_in(index: bytes) -> dict[str, int]:
    """Read how long each piece of an index is."""
    said = _parsed(index)
    packs = said.get("packs") if isinstance(said, dict) else None
    found = {}
    for pack in packs if isinstance(packs, list) else []:
        for blob in pack.get("blobs") or [] if isinstance(pack, dict) else []:
            if isinstance(blob, dict) and isinstance(blob.get("id"), str) and ID.fullmatch(blob["id"]):
                # One that is not compressed is longer by what encrypts it: 16 bytes before, 16 after.
                plain = blob.get("uncompressed_length")
                found[blob["id"]] = _size(plain) if plain else max(0, _size(blob.get("length")) - 32)
    return found


def _parsed(said: bytes) -> Any:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def _id(snapshot_id: str) -> str:
    if not ID.fullmatch(snapshot_id):
        raise StoreError("Ce n’est pas l’identifiant d’une sauvegarde.")
    return snapshot_id


def _text(value: Any, most: int) -> str:
    """Return a text that anybody wrote so that a screen may show it: no sign that acts, no longer than so."""
    return "".join(sign if sign.isprintable() else "?" for sign in value[:most]) if isinstance(value, str) else ""


def _size(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_SIZE else 0


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) > 60:
        return None
    try:
        return instant(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
