"""Contracts: what keeps a promise by itself, and who pays for a programme; settings plug the rooms above that know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.documents.models import Document
from socle.ui.emblems import EMBLEMS, Emblem


# --- Promises --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Proof:
    """One thing done for a beneficiary, which keeps what is promised to it: when, and what shows it."""

    beneficiary_id: int
    on: date
    reference: str
    document: Document | None = None


class Keeper(Protocol):
    def __call__(self, since: date) -> Iterable[Proof]:
        """Everything of its kind done since that day, for any beneficiary, the oldest first."""


def proofs(kept_by: str, *, since: date) -> Iterable[Proof]:
    """Return the proofs of the keeper of this name since that day; nothing where no keeper is plugged."""
    dotted = settings.SOCLE_PROMISE_KEEPERS.get(kept_by)
    if dotted is None:
        return ()
    keeper: Keeper = import_string(dotted)
    return keeper(since)


# --- Who pays --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mention:
    """Words of a fund, on what it pays for: its name, its own sentence, and its emblem where it has one."""

    fund: str
    sentence: str = ""
    # Of `socle.ui.emblems`.
    emblem: str = ""
    is_fictitious: bool = False

    @property
    def lines(self) -> list[str]:
        """Its words, line by line; whoever an emblem is of is named in full beside it."""
        name = self.drawn.name if self.drawn else ""
        fictitious = "Opération fictive de démonstration" if self.is_fictitious else ""
        said = ("" if name and name in self.sentence else name, self.fund, self.sentence, fictitious)
        return [line for line in said if line]

    @property
    def drawn(self) -> Emblem | None:
        """Its emblem, with its drawing."""
        return EMBLEMS[self.emblem] if self.emblem else None


class Funders(Protocol):
    """A room that says who pays for what a programme does on a day (`SOCLE_AGREEMENTS_MENTIONS`)."""

    def __call__(self, programme_id: int, *, on: date) -> list[Mention]: ...


def mentions(programme_id: int, *, on: date) -> list[Mention]:
    """Return what a document of a programme composed on this day says of who pays; nothing where nobody says it."""
    if not settings.SOCLE_AGREEMENTS_MENTIONS:
        return []
    funders: Funders = import_string(settings.SOCLE_AGREEMENTS_MENTIONS)
    return funders(programme_id, on=on)
