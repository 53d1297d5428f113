"""The national schema of deliberations, as its validator reads it: eleven checks of its own, beside the types."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from socle.lib.siret import why_not_siret
from tests.conftest import NOT_OURS

# Version 2.1.5 is not ours to ship: it is looked for beside this copy of the project, or where this says.
FOLDER = Path(os.environ.get("SOCLE_TEST_SCDL") or Path(__file__).parents[3] / "shared/data/actes/scdl")
SCHEMA = FOLDER / "deliberations-2.1.5.schema.json"
Line = dict[str, str]
FIRST_LEVELS = {
    "commande publique", "urbanisme", "domaine et patrimoine", "fonction publique", "institutions et vie politique",
    "libertés publiques et pouvoirs de police", "finances locales", "domaines de compétences par thèmes",
    "autres domaines de compétences",
}  # fmt: skip


def _siret(line: Line, column: str) -> bool:
    return why_not_siret(line[column]) is None


def _years(line: Line, column: str) -> bool:
    found = re.fullmatch(r"(\d{4})(?:/(\d{4}))?", line[column])
    return not line[column] or bool(found and (found[2] is None or found[1] < found[2]))


def _cohesive(line: Line, column: str, *others: str) -> bool:
    return len({bool(line[name]) for name in (column, *others)}) == 1


def _at_least(line: Line, column: str, column2: str) -> bool:
    if not line[column] or not line[column2]:
        return True
    read: Callable[[str], Any] = date.fromisoformat if "DATE" in column else int
    return bool(read(line[column]) >= read(line[column2]))


def _sum(line: Line, column: str, *columns: str) -> bool:
    given = [line[name] for name in (column, *columns)]
    return not all(given) or int(given[0]) == sum(map(int, given[1:]))


def _nomenclature(line: Line, column: str) -> bool:
    first, oblique, second = line[column].partition("/")
    return first in FIRST_LEVELS and oblique == "/" and second == second.strip() != ""


CHECKS: dict[str, Callable[..., bool]] = {
    "french-siret-value": _siret,
    "year-interval-value": _years,
    "cohesive-columns-value": _cohesive,
    "compare-columns-value": _at_least,
    "sum-columns-value": _sum,
    "nomenclature-actes-value": _nomenclature,
}
VOTES = ("VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE", "VOTE_ABSTENTION")
ELEVEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("french-siret-value", ("COLL_SIRET",)),
    ("year-interval-value", ("BUDGET_ANNEE",)),
    ("cohesive-columns-value", ("BUDGET_ANNEE", "BUDGET_NOM")),
    ("cohesive-columns-value", ("VOTE_EFFECTIF", *VOTES)),
    ("compare-columns-value", ("PREF_DATE", "DELIB_DATE")),
    ("compare-columns-value", ("VOTE_EFFECTIF", "VOTE_REEL")),
    *(("compare-columns-value", ("VOTE_REEL", name)) for name in VOTES[1:]),
    ("sum-columns-value", VOTES),
    ("nomenclature-actes-value", ("DELIB_MATIERE_NOM",)),
)


def lines_of(content: bytes) -> list[Line]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def faults_of(content: bytes) -> list[str]:
    """What the eleven checks find, line by line; nothing when the file is sound."""
    return [
        f"{rank}: {name} {' '.join(columns)}"
        for rank, line in enumerate(lines_of(content), start=2)
        for name, columns in ELEVEN
        if not CHECKS[name](line, *columns)
    ]


def schema() -> dict[str, Any]:
    """The schema itself; a loud skip where it is not."""
    if not SCHEMA.is_file():
        pytest.skip(f"{NOT_OURS}: the schema of deliberations is not in {FOLDER}: name its folder in SOCLE_TEST_SCDL")
    read: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return read


def validate(content: bytes, folder: Path, by: dict[str, Any] | None = None) -> list[str]:
    """Errors that frictionless finds of this file by this schema; by that of deliberations unless told otherwise."""
    # Frictionless lifts the limit of the csv module for the whole process: ours is put back.
    limit = csv.field_size_limit()
    from frictionless import Resource, Schema

    described = {name: value for name, value in (by or schema()).items() if name in ("fields", "missingValues")}
    path = folder / "deliberations.csv"
    path.write_bytes(content)
    report = Resource(path=path.name, basepath=str(folder), schema=Schema.from_descriptor(described)).validate()
    csv.field_size_limit(limit)
    return [error for (error,) in report.flatten(["message"])]
