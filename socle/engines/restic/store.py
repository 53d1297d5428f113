"""The store as the room knows it: restic on the repositories of this machine's disk, and who enters the server."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from django.conf import settings

from socle.backups.contract import Compared, Damaged, SeenFile, SeenSnapshot, StoreError
from socle.engines.restic import htpasswd, server, witness
from socle.engines.restic.client import ID, Restic

# A machine that saves renews its lock every five minutes; one that nobody renews for so long holds nothing any more.
LOCK_IS_DEAD = 3600.0
START = "Démarrez-le : « socle run » le fait avec le reste, « socle save-server serve » lui seul."
RESTART = (
    "Arrêtez ce qui tient ce port, ou nommez-en un autre (SOCLE_MACHINE_BACKUPS_LISTEN), puis lancez"
    " « socle save-server serve »."
)


class ResticStore:
    """Repositories below `SOCLE_MACHINE_BACKUPS_DIR`, one folder per user."""

    is_simulated = False

    def __init__(self) -> None:
        self.folder = Path(settings.SOCLE_MACHINE_BACKUPS_DIR)
        self.repositories, self.doors = server.places(self.folder)

    @property
    def address(self) -> str:
        return str(settings.SOCLE_MACHINE_BACKUPS_URL).rstrip("/")

    def check(self) -> None:
        if shutil.which("restic") is None:
            raise StoreError("restic n’est pas sur cette machine. Sous Debian : apt-get install restic")
        self.repositories.mkdir(parents=True, exist_ok=True)
        if not os.access(self.repositories, os.W_OK):
            raise StoreError("Le dossier des sauvegardes des mairies ne peut pas être écrit.")
        try:
            why = witness.why_not_ours(self.folder, settings.SOCLE_MACHINE_BACKUPS_LISTEN)
        except StoreError as error:
            raise StoreError(error.sentence, remedy=START) from error
        if why:
            raise StoreError(why, remedy=RESTART)

    # --- Who enters ---------------------------------------------------------------------------------------------------
    def let_in(self, doors: Mapping[str, str]) -> frozenset[str]:
        # A machine enrolled while a twin stood for this server has a digest that the server does not read.
        good = {user: digest for user, digest in doors.items() if htpasswd.is_line(user, digest)}
        with htpasswd.locked(self.folder):
            wanted = witness.added(self.folder, good)
            if htpasswd.read(self.doors) != wanted:
                htpasswd.write(self.doors, wanted)
                server.reload(self.folder)
        return frozenset(doors.keys() - good.keys())

    def who_enters(self) -> frozenset[str]:
        return witness.without(frozenset(htpasswd.read(self.doors)))

    def digest_of(self, password: str) -> str:
        return htpasswd.digest(password)

    # --- What is there, read from the disk ----------------------------------------------------------------------------
    def names(self, user: str) -> frozenset[str] | None:
        where = self._place(user)
        if not (where / "config").exists():
            return None
        try:
            return frozenset(name for name in os.listdir(where / "snapshots") if ID.fullmatch(name))
        except FileNotFoundError:
            return frozenset()

    def measure(self, user: str) -> int:
        total = 0
        for folder, _, names in os.walk(self._place(user)):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_size
                except FileNotFoundError:  # Pruned meanwhile.
                    continue
        return total

    # --- What is there, read with a key -------------------------------------------------------------------------------
    def opens(self, user: str, key: str) -> bool:
        return self._open(user, key).opens()

    def snapshots(self, user: str, key: str) -> list[SeenSnapshot]:
        return self._open(user, key).snapshots()

    def files(self, user: str, key: str, snapshot_id: str) -> Iterator[SeenFile]:
        return self._open(user, key).files(snapshot_id)

    def compare(self, user: str, key: str, snapshot_id: str, paths: Iterable[str]) -> Iterator[Compared]:
        restic = self._open(user, key)
        lengths = restic.lengths()
        for path in paths:
            try:
                size, pieces = restic.node(snapshot_id, path)
                yield _compared(path, size, pieces, lengths, restic.pieces(snapshot_id, path))
            except Damaged as damage:
                yield Compared(path, 0, "", False, damage.sentence)

    # --- Acting -------------------------------------------------------------------------------------------------------
    def verify(self, user: str, key: str, *, share: str = "") -> None:
        self._open(user, key).check(share=share)

    def forget(self, user: str, key: str, ids: Collection[str], *, past_locks: bool = False) -> None:
        restic = self._open(user, key)
        if past_locks or self._has_only_dead_locks(user):
            restic.unlock()
        restic.forget(ids)

    def restore(self, user: str, key: str, snapshot_id: str, into: Path) -> int:
        return self._open(user, key).restore(snapshot_id, into)

    def erase(self, user: str) -> None:
        where = self._place(user)
        if where.exists():
            shutil.rmtree(where)

    def _has_only_dead_locks(self, user: str) -> bool:
        """Whether nobody renewed a lock for long, by the clock of this disk: what a lock says is a machine's word."""
        now, folder = time.time(), self._place(user) / "locks"
        try:
            ages = [now - entry.stat().st_mtime for entry in os.scandir(folder)]
        except FileNotFoundError:
            return False
        return bool(ages) and min(ages) > LOCK_IS_DEAD

    def _place(self, user: str) -> Path:
        if not htpasswd.USER.fullmatch(user):
            raise StoreError("Ce n’est pas le nom d’un dépôt.")
        return self.repositories / user

    def _open(self, user: str, key: str) -> Restic:
        return Restic(self._place(user), key)


def _compared(
    path: str, size: int, pieces: tuple[str, ...], lengths: Mapping[str, int], content: Iterable[bytes]
) -> Compared:
    """Cut what is restored as the tree says it was cut, and compare the hash of each piece. Nothing is written."""
    whole, seen, rest = hashlib.sha256(), 0, b""
    waiting = list(reversed(pieces))
    for chunk in content:
        whole.update(chunk)
        seen += len(chunk)
        rest += chunk
        while waiting and len(rest) >= lengths.get(waiting[-1], -1) >= 0:
            name = waiting.pop()
            piece, rest = rest[: lengths[name]], rest[lengths[name] :]
            if hashlib.sha256(piece).hexdigest() != name:
                return Compared(path, seen, "", False, "Un morceau restauré n’a pas l’empreinte que l’arbre annonce.")
    if waiting or rest or seen != size:
        return Compared(path, seen, "", False, "Le fichier restauré n’a pas la taille que l’arbre annonce.")
    return Compared(path, seen, whole.hexdigest(), True)
