"""Contract of a gesture that may be made on many things at once, and how such a gesture ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from socle.lib.refusals import Said
from socle.people.models import User
from socle.programme.models import Programme


class Subject(StrEnum):
    """The kind of thing a gesture is made on; the subject of a line is its primary key, as text."""

    COMMUNE = "commune"
    AGREEMENT = "agreement"
    INSTALLATION = "installation"
    JOIN_REQUEST = "join_request"
    BENEFICIARY = "beneficiary"
    # Started by pages of their own, after a reading or a text: no list offers what is made on them.
    READ_AGREEMENT = "read_agreement"
    LETTER = "letter"
    ACT = "act"


class Failed(Said):
    """The gesture was tried and could not be done: the sentence says why, and someone may try again."""


class NotYet(Failed):
    """Someone else is at it, or it takes its time: the line is put back, and looked at again a little later."""


@dataclass(frozen=True)
class Wish:
    """In whose name a gesture is made, and for which programme."""

    by: User
    programme: Programme


class Gesture(Protocol):
    """One gesture. Its code is written in the database: it never changes.

    `is_atomic`: what it does and the state of its line are one transaction. Otherwise it is made of several, and may be
    killed between two: made again, it goes on from there and does nothing twice.
    """

    code: str
    label: str
    explains: str
    subject: Subject
    is_atomic: bool
    needs_care: bool  # it withdraws something: one confirms it in so many words

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        """Say why this person may not make this gesture on anything, or None."""

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        """Say which of these are refused already, and why; as many queries whatever their number."""

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        """Make it on one thing and say in a sentence what came of it. Raises Refused, Failed or NotYet."""


@runtime_checkable
class Cautious(Protocol):
    """A gesture with something to be known before it starts, which forbids nothing."""

    def cautions(self, subjects: Sequence[str], *, at: datetime) -> list[str]:
        """Return these sentences; as many queries whatever the number of subjects."""
