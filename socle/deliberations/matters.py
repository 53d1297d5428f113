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


def why_not_matter(code: str) -> str | None:
    """Say in French why this is no matter of the nomenclature, or None."""
    if name_of(code):
        return None
    return (
        f"La matière «\u00a0{code}\u00a0» n’est pas dans la nomenclature\u00a0: choisissez-en une à deux niveaux, "
        "comme «\u00a05.7\u00a0»."
    )


def suggested(subject: str) -> tuple[str, ...]:
    """Return the codes whose words this subject holds, accents and case aside: the longest words first."""
    said = f" {folded(subject)} "
    found: dict[str, int] = {}
    for code, words in _table()["words"].items():
        length = max((len(word) for word in words if f" {folded(word)}" in said), default=0)
        if length:
            found[code] = length
    return tuple(sorted(found, key=lambda code: -found[code]))
