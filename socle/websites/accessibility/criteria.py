"""The 106 criteria of the RGAA 4.1.2, read from `criteria.json`, which says where they come from and their licence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Criterion:
    """One criterion: « 8.3 », and what it asks."""

    number: str
    title: str
    theme: str

    @property
    def field(self) -> str:
        """Its number as the name of a form's field wants it."""
        return self.number.replace(".", "-")


@dataclass(frozen=True)
class Theme:
    """One of the thirteen themes."""

    number: int
    name: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Referential:
    """The whole, with its version and what must be said of its origin."""

    version: str
    source: str
    licence: str
    themes: tuple[Theme, ...]


@cache
def referential() -> Referential:
    """Read the file, once per process."""
    data = json.loads((Path(__file__).parent / "criteria.json").read_text(encoding="utf-8"))
    themes = tuple(
        Theme(
            theme["number"],
            theme["name"],
            tuple(Criterion(one["number"], one["title"], theme["name"]) for one in theme["criteria"]),
        )
        for theme in data["themes"]
    )
    return Referential(data["version"], data["source"], data["licence"], themes)


@cache
def criteria() -> dict[str, Criterion]:
    """Every criterion by its number, in order."""
    return {one.number: one for theme in referential().themes for one in theme.criteria}


def rank(number: str) -> tuple[int, int]:
    """Where a criterion comes: « 10.2 » after « 9.4 »."""
    theme, _, own = number.partition(".")
    return int(theme), int(own)
