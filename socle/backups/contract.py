"""Contract: what is asked of whatever keeps the machines' saves on the operator's side, and its errors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class StoreError(Exception):
    """The store could not do what it was asked. The sentence is French and holds no secret.

    `remedy` says what the operator's technician does about it, when there is something to type.
    """

    def __init__(self, sentence: str, *, remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy


class Damaged(StoreError):
    """The bytes kept are not those written."""


class Busy(StoreError):
    """Somebody else holds the repository: the same gesture may succeed later."""


class WrongKey(StoreError):
    """The key given does not open this repository."""


@dataclass(frozen=True)
class SeenSnapshot:
    """One save, as the repository tells it. `taken_at` is what the machine claims: never a proof of when it came."""

    id: str
    taken_at: datetime
    host: str
    paths: tuple[str, ...]
    size: int
    files: int


@dataclass(frozen=True)
class SeenFile:
    """A file of a save: its path, its size, its date."""

    path: str
    size: int


@dataclass(frozen=True)
class Compared:
    """One file restored and compared. `sha256` is that of its whole content; nothing else of it is kept."""

    path: str
    size: int
    sha256: str
    is_same: bool
    says: str = ""


class Store(Protocol):
    """Repositories, each under the name by which its machine enters (`user`)."""

    is_simulated: bool

    @property
    def address(self) -> str:
        """Return the address where machines reach the store, without a last slash."""
        ...

    def check(self) -> None:
        """Say whether it works and answers; change nothing. Raises StoreError."""

    def let_in(self, doors: Mapping[str, str]) -> frozenset[str]:
        """Let in exactly these (user → digest of the password), and nobody else.

        Return those who cannot enter, their digest being none that the server reads: the others do.
        """

    def who_enters(self) -> frozenset[str]:
        """Return the users that the store lets in now."""

    def digest_of(self, password: str) -> str:
        """Return the digest under which the store knows a password."""

    def names(self, user: str) -> frozenset[str] | None:
        """The identifiers of the saves there, read without any key; None while there is no repository."""

    def measure(self, user: str) -> int:
        """Return the bytes that a repository takes."""

    def opens(self, user: str, key: str) -> bool:
        """Say whether this key opens this repository."""

    def snapshots(self, user: str, key: str) -> list[SeenSnapshot]:
        """Every save, the oldest first."""

    def files(self, user: str, key: str, snapshot_id: str) -> Iterator[SeenFile]:
        """Yield the files of a save."""

    def compare(self, user: str, key: str, snapshot_id: str, paths: Iterable[str]) -> Iterator[Compared]:
        """Restore these files, each compared with the hashes that the repository's own tree gives of its pieces."""

    def verify(self, user: str, key: str, *, share: str = "") -> None:
        """Read the structure, and this share of the data (« 5% », « 100% »); raise Damaged when it is wrong."""

    def forget(self, user: str, key: str, ids: Collection[str], *, past_locks: bool = False) -> None:
        """Delete exactly these saves and free their bytes. Raises Busy; with `past_locks`, locks are removed."""

    def restore(self, user: str, key: str, snapshot_id: str, into: Path) -> int:
        """Write a whole save below an empty folder; return how many files."""

    def erase(self, user: str) -> None:
        """Destroy a repository, for good; nothing when there is none."""


def store() -> Store:
    """Return the store that settings name (`SOCLE_MACHINE_STORE`)."""
    made: Store = import_string(settings.SOCLE_MACHINE_STORE)()
    return made
