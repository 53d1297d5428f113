"""Reach of one request to the drive: who asks and which folders they see, set by the view while it is answered."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from socle.files.models import Lock, Space
from socle.files.queries import Place
from socle.files.rules import Powers
from socle.people.models import Beneficiary, User


@dataclass
class Reach:
    """The reach of one request: the person, the folders it sees, and the one it is in."""

    user: User
    beneficiaries: tuple[Beneficiary, ...]
    space: Space | None
    powers: Powers | None
    # The locks of this folder, read once and again after each change.
    locks: list[Lock] | None = field(default=None)
    # What was read with the rights: by names below the folder, None where nothing is.
    known: dict[tuple[str, ...], Place | None] = field(default_factory=dict)
    # Whether programs wrote properties on what is asked for.
    is_marked: bool = True

    @property
    def principal(self) -> str:
        return str(self.user.pk)


REACH: ContextVar[Reach] = ContextVar("reach_of_the_drive")
