"""The programme's file that an operator begins with: commented in French, and such that it loads as it is."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from socle.lib.text import slug

# The word by which a person finds what to replace.
TO_FILL = "À COMPLÉTER"
# Numbers that INSEE gives to nobody, with their right keys.
NOBODYS = ("99999995600017", "99999996400011")


@dataclass(frozen=True)
class Facts:
    """Facts that an operator may give at once; those left out are written « À COMPLÉTER »."""

    name: str = ""
    prefix: str = "PMC"
    departments: tuple[str, ...] = ("59",)
    lead: str = ""
    lead_siret: str = ""
    lead_seat: str = ""
    cdg: str = ""
    cdg_siret: str = ""
    cdg_seat: str = ""
    act: str = ""
    adopted_on: date | None = None
    received_on: date | None = None
    published_on: date | None = None
    vat: str = ""


def written(facts: Facts, *, vintage: int, version: str, today: date) -> str:
    """Return the text of the file. `vintage`: the year of the populations; `version`: that of the model's text."""
    act = facts.act or "0000-00"
    to_fill = f"  # {TO_FILL}"
    said = {
        "code": json.dumps(slug(facts.name)[:50].strip("-") or "mon-programme"),
        "name": _quoted(facts.name or f"{TO_FILL}\u00a0: le nom du programme"),
        "prefix": facts.prefix,
        "year": str(today.year),
        "vintage": str(vintage),
        "version": version,
        "source": _quoted(f"délibération n° {act}"),
        "basis": _quoted(f"{TO_FILL}\u00a0: le fondement du service (délibération n° {act})"),
        "departments": ", ".join(_quoted(code) for code in facts.departments),
        "vat": _quoted(facts.vat or f"{TO_FILL}\u00a0: le régime de TVA de la contribution"),
        "act": _quoted(act),
        "act_to_fill": "" if facts.act else to_fill,
        "adopted_to_fill": "" if facts.adopted_on else to_fill,
        "subject": _quoted(f"Approbation du programme {facts.name or TO_FILL}"),
        "adopted_on": (facts.adopted_on or today).isoformat(),
        "received_on": _dated("received_on", facts.received_on),
        "published_on": _dated("published_on", facts.published_on),
    }
    for who, label, nobody in (("lead", "chef de file", NOBODYS[0]), ("cdg", "centre de gestion", NOBODYS[1])):
        number = getattr(facts, f"{who}_siret")
        said[who] = _quoted(getattr(facts, who) or f"{TO_FILL}\u00a0: le nom du {label}")
        said[f"{who}_siret"] = number or nobody
        said[f"{who}_fictitious"] = (
            "" if number else f"\n# {TO_FILL}\u00a0: le vrai SIRET, puis retirez cette ligne.\nfictitious = true"
        )
        said[f"{who}_seat"] = _quoted(getattr(facts, f"{who}_seat") or f"{TO_FILL}\u00a0: le siège, sur une ligne")
    return Template(_path().read_text(encoding="utf-8")).substitute(said)


def lines_to_fill(text: str) -> list[int]:
    """Return the lines (from 1) that still say « À COMPLÉTER », besides comments that only speak of it."""
    return [n for n, line in enumerate(text.splitlines(), 1) if TO_FILL in line and not line.startswith("# Ce qui")]


@cache
def example() -> dict[str, Any]:
    """The skeleton as it is read: a right value for each of its fields."""
    facts = Facts(received_on=date(2026, 1, 1), published_on=date(2026, 1, 1))
    return tomllib.loads(written(facts, vintage=2026, version="2026-11-25", today=date(2026, 1, 1)))


def _path() -> Path:
    return Path(__file__).with_suffix(".toml")


def _quoted(value: str) -> str:
    # What JSON escapes, TOML escapes the same way; it wants the last control character escaped too.
    return re.sub("\x7f", r"\\u007f", json.dumps(value, ensure_ascii=False))


def _dated(field: str, day: date | None) -> str:
    return f"{field} = {day.isoformat()}" if day else f"# {field} = {TO_FILL} (AAAA-MM-JJ)"
