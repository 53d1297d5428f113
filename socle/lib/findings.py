"""Findings of an examination: how grave, in one French sentence, with its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How grave; also the exit code of a command that examines."""

    OK = 0
    WARNING = 1
    ERROR = 2

    @property
    def label(self) -> str:
        return {"OK": "bon", "WARNING": "à surveiller", "ERROR": "à corriger"}[self.name]


@dataclass(frozen=True)
class Finding:
    """One thing found. `says` and `remedy` are French; what is not right always has a remedy."""

    severity: Severity
    says: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.severity is not Severity.OK and not self.remedy:
            raise ValueError(f"a finding without a remedy: {self.says}")


def fine(says: str) -> Finding:
    """Say that something is right, and what was seen."""
    return Finding(Severity.OK, says)


def warning(says: str, remedy: str) -> Finding:
    """Say that something will go wrong, or is less good than it should be."""
    return Finding(Severity.WARNING, says, remedy)


def error(says: str, remedy: str) -> Finding:
    """Say that something is wrong now."""
    return Finding(Severity.ERROR, says, remedy)


@dataclass(frozen=True)
class Examined:
    """One check, done: its code, its French label, what it found."""

    code: str
    label: str
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        return worst(self.findings)


def worst(findings: Iterable[Finding | Examined]) -> Severity:
    """Return the gravest of these; `OK` when there is none."""
    return max((finding.severity for finding in findings), default=Severity.OK)


@dataclass(frozen=True)
class Mend:
    """A way to do what is left, in one French sentence: a screen and its button, or what is typed on the machine."""

    says: str
    url: str = ""
    button: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class FirstStep:
    """One thing that an installation needs before it serves: done or left, what was seen, and what does it.

    `may_wait` says why one that is left keeps nothing from going on; `guide` names the page that explains it.
    """

    code: str
    label: str
    is_done: bool
    says: str
    mends: tuple[Mend, ...] = ()
    may_wait: str = ""
    guide: str = ""

    @property
    def is_due(self) -> bool:
        """Whether the next steps wait for it."""
        return not self.is_done and not self.may_wait
