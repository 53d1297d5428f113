"""Contracts: what keeps a promise by itself, who pays for a programme, what is told before an agreement is sent to
signature; settings plug the rooms above that know.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.agreements.models import Agreement
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
    # What is paid for, by its name: an emblem alone would not tell what it is there for.
    operation: str = ""

    @property
    def lines(self) -> list[str]:
        """Its words, line by line; whoever an emblem is of is named in full beside it."""
        name = self.drawn.name if self.drawn else ""
        fictitious = "Opération fictive de démonstration" if self.is_fictitious else ""
        operation = f"Opération «\u00a0{self.operation}\u00a0»" if self.operation else ""
        said = ("" if name and name in self.sentence else name, self.fund, self.sentence, operation, fictitious)
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


# --- Before it is sent ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Caution:
    """One thing that whoever sends agreements to signature is to know; it forbids nothing.

    `code` says what it is about: a door knows where that is seen to.
    """

    code: str
    sentence: str


class Cautious(Protocol):
    """A room that says what is to be known before agreements are sent to signature (`SOCLE_BEFORE_SENDING`)."""

    def __call__(self, agreements: Sequence[Agreement], *, on: date) -> list[Caution]:
        """As many queries whatever the number of agreements."""


def before_sending(agreements: Sequence[Agreement], *, on: date) -> list[Caution]:
    """Return what every room says is to be known before these agreements are sent to signature."""
    told: list[Caution] = []
    for dotted in settings.SOCLE_BEFORE_SENDING:
        cautious: Cautious = import_string(dotted)
        told += cautious(agreements, on=on)
    return told
