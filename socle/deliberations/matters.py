"""The matters of acts in the nomenclature of @CTES: codes, names, and those that an act's subject calls for.

A code is « 5.7 »: its first two levels are the same everywhere and ship here (`matters.toml`), the third to the fifth
are each prefecture's own.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from socle.lib.text import folded

TABLE = Path(__file__).with_name("matters.toml")
CODE = re.compile(r"(?P<two>[1-9]\.[1-9][0-9]?)(\.[1-9][0-9]?){0,3}")


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def codes() -> tuple[str, ...]:
    """Every code of two levels, in the order of the nomenclature: 7.10 after 7.9."""
    return tuple(_table()["level_2"])


def name_of(code: str) -> str:
    """Return « Institutions et vie politique, intercommunalité » for « 5.7 »; empty for a code that is none."""
    found = CODE.fullmatch(code)
    second = _table()["level_2"].get(found["two"]) if found else None
    if second is None:
        return ""
    return f"{_table()['level_1'][code[0]]}, {second[0].lower()}{second[1:]}"


def two_levels_of(code: str) -> str:
    """Return « 5.7 » for « 5.7.2 »; empty for a code that is none."""
    found = CODE.fullmatch(code)
    return found["two"] if found and found["two"] in _table()["level_2"] else ""


def open_name_of(code: str) -> str:
    """Return « institutions et vie politique/intercommunalité » for « 5.7 », as the national schema of open data does.

    Lower case, with accents, neither comma nor parenthesis, one oblique.
    """
    two = two_levels_of(code)
    if not two:
        return ""
    first, second = (_table()[level][key] for level, key in (("level_1", two[0]), ("level_2", two)))
    return f"{_open(first)}/{_open(second)}"


def _open(words: str) -> str:
    return " ".join(re.sub(r"[,()/]", " ", words).replace("’", "'").lower().split())


def grouped() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the matters to choose from, under the name of their first level: (name, ((code, name), …)), …"""
    second = _table()["level_2"]
    return tuple(
        (name, tuple((code, second[code]) for code in second if code[0] == first))
        for first, name in _table()["level_1"].items()
    )


def why_not_matter(code: str) -> str | None:
    """Say in French why this is no matter of the nomenclature, or None."""
    if name_of(code):
        return None
    return (
        f"La matière «\u00a0{code}\u00a0» n’est pas dans la nomenclature\u00a0: choisissez-en une à deux niveaux, "
        "comme «\u00a05.7\u00a0»."
    )


def only_suggested(subject: str) -> str:
    """Return the code that this subject calls for when it calls for one only: people choose between two."""
    found = suggested(subject)
    return found[0] if len(found) == 1 else ""


def suggested(subject: str) -> tuple[str, ...]:
    """Return the codes whose words this subject holds, accents and case aside: the longest words first."""
    said = f" {folded(subject)} "
    found: dict[str, int] = {}
    for code, words in _table()["words"].items():
        length = max((len(word) for word in words if f" {folded(word)}" in said), default=0)
        if length:
            found[code] = length
    return tuple(sorted(found, key=lambda code: -found[code]))
