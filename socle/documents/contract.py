"""Contract of an antivirus: is this file harmful, and how fresh is what you know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from socle.lib.refusals import Said


@dataclass(frozen=True)
class Knowledge:
    """Version of the antivirus: its number, and of when its signatures are, if it tells."""

    version: str
    signatures_at: datetime | None = None


class Scanner(Protocol):
    """One antivirus. A twin says that it is one."""

    is_simulated: bool

    def check(self) -> Knowledge:
        """Say that it answers, and how fresh its signatures are; `ScannerError` when it does not. Changes nothing."""
        ...

    def scan(self, file: BinaryIO) -> str | None:
        """Return the name of what was found in this file, read from where it is to its end; None when it is clean."""
        ...


class ScannerError(Said):
    """The file was not read. `sentence` is French, for who runs the platform, and holds nothing of the file."""


class Unreachable(ScannerError):
    """Nobody answered, or not in time."""


class Unread(ScannerError):
    """It answered that it could not read this file."""


class TooLarge(Unread):
    """It answered that it reads no file of this size."""
