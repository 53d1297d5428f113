"""Contract of the import of an old box: of the server it is at, and of ours where it goes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from socle.lib.refusals import Failure
from socle.mail.models import Mailbox


class BoxError(Failure):
    """A box could not be opened, read or written. `sentence` is French; `is_lasting` says that retrying is useless."""


@dataclass(frozen=True)
class OldFolder:
    """A folder of an old box: as its server names it, and as it is named here (levels parted by « / »)."""

    source: str
    name: str


@dataclass(frozen=True)
class Head:
    """Header of a message, before it is read."""

    uid: int
    size: int
    at: datetime
    flags: tuple[str, ...]
    message_id: str


# By which a message is known for the same: its identifier, its size, the second it was received.
Mark = tuple[str, int, int]


def mark(message_id: str, size: int, at: datetime) -> Mark:
    """The mark of a message. Its size is that of what is kept: lines that end as the protocol wants them."""
    return message_id.strip().strip("<>").lower(), size, int(at.astimezone(UTC).timestamp())


class Box(Protocol):
    """A box that is open: an old one, read; one of ours, read and written. Every method raises `BoxError`."""

    def folders(self) -> list[OldFolder]:
        """Its folders that hold messages, those that only show others' left out."""
        ...

    def select(self, folder: str, *, make: bool = False) -> tuple[int, int]:
        """Open a folder, made if it must be; return its generation (UIDVALIDITY) and how many messages it holds."""
        ...

    def heads(self, *, after: int, most: int) -> list[Head]:
        """The messages of the open folder whose number is above `after`, the lowest first, `most` at most."""
        ...

    def read(self, uid: int) -> bytes:
        """Return one message of the open folder, whole."""
        ...

    def append(self, folder: str, content: bytes, *, flags: Iterable[str], at: datetime) -> None:
        """Put a message in a folder, with its flags and the instant it was received."""


class OldServers(Protocol):
    """Whoever opens boxes at other providers (`SOCLE_MAIL_OLD_SERVERS`)."""

    def open(self, host: str, port: int, *, login: str, password: str) -> AbstractContextManager[Box]:
        """Enter an old box; `BoxError` when the server is not one we call, does not answer, or refuses."""
        ...


class Boxes(Protocol):
    """Whoever opens the boxes we hold, without anybody's password (`SOCLE_MAIL_BOXES`)."""

    is_simulated: bool

    def open(self, mailbox: Mailbox) -> AbstractContextManager[Box]:
        """Enter one of our boxes."""
        ...
