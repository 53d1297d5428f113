"""The twin of the store of the machines' saves: everything in memory, a machine played by whoever calls `save`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from socle.backups.contract import Busy, Compared, Damaged, SeenFile, SeenSnapshot, StoreError, WrongKey


@dataclass
class KeptRepository:
    """The saves of one machine: the files of each save, the keys that open it, and what a test may break."""

    keys: set[str] = field(default_factory=set)
    saves: dict[str, tuple[SeenSnapshot, dict[str, bytes]]] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    is_locked: bool = False


class SimulatedStore:
    """Keeps what it is given for the life of the process: nothing lasts, and it says so."""

    is_simulated = True
    repositories: dict[str, KeptRepository] = {}
    doors: dict[str, str] = {}

    @property
    def address(self) -> str:
        return "http://sauvegardes.invalid"

    # --- What a machine does ---
    def save(
        self, user: str, *keys: str, files: Mapping[str, bytes], at: datetime, host: str = "poste"
    ) -> SeenSnapshot:
        """Play a machine: save these files, opened by these keys too."""
        kept = self.repositories.setdefault(user, KeptRepository())
        kept.keys |= set(keys)
        name = hashlib.sha256(f"{user}{len(kept.saves)}{at}".encode()).hexdigest()
        size = sum(len(content) for content in files.values())
        seen = SeenSnapshot(
            name, at, host, tuple(sorted({f"/{path.split('/')[1]}" for path in files})), size, len(files)
        )
        kept.saves[name] = (seen, dict(files))
        return seen

    @classmethod
    def clear(cls) -> None:
        """Empty the store; tests begin with it."""
        cls.repositories, cls.doors = {}, {}

    # --- The contract ---
    def check(self) -> None:
        """A twin always answers."""

    def let_in(self, doors: Mapping[str, str]) -> frozenset[str]:
        type(self).doors = dict(doors)
        return frozenset()

    def who_enters(self) -> frozenset[str]:
        return frozenset(self.doors)

    def digest_of(self, password: str) -> str:
        return "simulé:" + hashlib.sha256(password.encode()).hexdigest()

    def names(self, user: str) -> frozenset[str] | None:
        kept = self.repositories.get(user)
        return None if kept is None else frozenset(kept.saves)

    def measure(self, user: str) -> int:
        kept = self.repositories.get(user)
        return 0 if kept is None else sum(seen.size for seen, _ in kept.saves.values())

    def opens(self, user: str, key: str) -> bool:
        return self._there(user, None) is not None and key in self.repositories[user].keys

    def snapshots(self, user: str, key: str) -> list[SeenSnapshot]:
        return sorted((seen for seen, _ in self._there(user, key).saves.values()), key=lambda one: one.taken_at)

    def files(self, user: str, key: str, snapshot_id: str) -> Iterator[SeenFile]:
        for path, content in sorted(self._save(user, key, snapshot_id)[1].items()):
            yield SeenFile(path, len(content))

    def compare(self, user: str, key: str, snapshot_id: str, paths: Iterable[str]) -> Iterator[Compared]:
        files = self._save(user, key, snapshot_id)[1]
        for path in paths:
            if path in self.repositories[user].damaged or path not in files:
                yield Compared(path, 0, "", False, "Un morceau restauré n’a pas l’empreinte que l’arbre annonce.")
            else:
                yield Compared(path, len(files[path]), hashlib.sha256(files[path]).hexdigest(), True)

    def verify(self, user: str, key: str, *, share: str = "") -> None:
        if self._there(user, key).damaged:
            raise Damaged("Ce dépôt est abîmé : ce qu’il rend n’est pas ce qui y fut écrit.")

    def forget(self, user: str, key: str, ids: Collection[str], *, past_locks: bool = False) -> None:
        kept = self._there(user, key)
        if kept.is_locked and not past_locks:
            raise Busy("Une sauvegarde est en cours dans ce dépôt : nouvel essai plus tard.")
        for one in ids:
            kept.saves.pop(one, None)

    def restore(self, user: str, key: str, snapshot_id: str, into: Path) -> int:
        files = self._save(user, key, snapshot_id)[1]
        for path, content in files.items():
            place = into / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return len(files)

    def erase(self, user: str) -> None:
        self.repositories.pop(user, None)

    def _there(self, user: str, key: str | None) -> KeptRepository:
        kept = self.repositories.get(user)
        if kept is None:
            raise Damaged("Il n’y a pas de dépôt ici, ou sa configuration manque.")
        if key is not None and key not in kept.keys:
            raise WrongKey("La clé de l’opérateur n’ouvre pas ce dépôt.")
        return kept

    def _save(self, user: str, key: str, snapshot_id: str) -> tuple[SeenSnapshot, dict[str, bytes]]:
        try:
            return self._there(user, key).saves[snapshot_id]
        except KeyError as error:
            raise StoreError("Cette sauvegarde n’est pas dans ce dépôt.") from error
