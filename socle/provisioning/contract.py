"""Contract: what is asked of an outside system that makes a service exist for a beneficiary, and its errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from socle.lib.refusals import Failure
from socle.people.models import Beneficiary


class EngineError(Failure):
    """An engine could not do what it was asked. The sentence is French; `is_lasting` says that retrying is useless.

    `remedy` says what the operator's technician does about it, when the engine knows better than its callers.
    """

    def __init__(self, sentence: str, *, is_lasting: bool = False, remedy: str = "") -> None:
        super().__init__(sentence, is_lasting=is_lasting)
        self.remedy = remedy


class NotWired(EngineError):
    """No engine serves this service here: none is named, or nothing but a twin outside a demonstration."""


@dataclass(frozen=True)
class Wanted:
    """Wanted state of a service of a beneficiary: present or absent."""

    beneficiary: Beneficiary
    service_code: str
    is_present: bool = True


@dataclass(frozen=True)
class Observed:
    """State of the service now. `says` is one French sentence; `proof` an address or identifier anyone can check."""

    is_present: bool
    says: str
    proof: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One idempotent step. `key` is the same each time the same step is planned: the ledger counts by it."""

    key: str
    beneficiary: Beneficiary
    verb: str
    says: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The changes to apply, in order. Empty when nothing differs."""

    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)


class Engine(Protocol):
    """One service of one outside system. `is_simulated` engines say « simulé » wherever they show."""

    is_simulated: bool

    def check(self) -> None:
        """Say whether the keys are right and the system answers; change nothing. Raises EngineError."""

    def observe(self, beneficiary: Beneficiary) -> Observed:
        """Say what is there now. Raises EngineError when it cannot be known."""

    def plan(self, wanted: Wanted, observed: Observed) -> Plan:
        """Say what differs; pure, no call outside."""

    def apply(self, change: Change) -> None:
        """Do one step; doing it twice changes nothing more. Raises EngineError."""
