"""Changes a vintage would make to the communes that are known: a list to read before anything is written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from functools import cached_property
from typing import NamedTuple

from django.db import models

from socle.lib.text import folded, number, of_place
from socle.territory.candidates import Candidate
from socle.territory.dataset import CommuneLine
from socle.territory.models import Commune, FormerCommune


class Kind(models.TextChoices):
    """In the order in which they are read: what may hurt first."""

    LOST = "lost", "Disparues, sans successeur connu"
    EMPTIED = "emptied", "Renseignements qui disparaissent"
    MERGED = "merged", "Fusionnées"
    SPLIT = "split", "Rétablies par une scission"
    DEPARTMENT = "department", "Changent de département"
    THRESHOLD = "threshold", "Franchissent le seuil du programme"
    RENUMBERED = "renumbered", "Changent de code INSEE"
    RENAMED = "renamed", "Changent de nom"
    EPCI = "epci", "Changent d’intercommunalité"
    SIREN_ALTERED = "siren_altered", "Changent de SIREN"
    SIREN_APPEARED = "siren_appeared", "Reçoivent un SIREN"
    ADDED = "added", "Nouvelles"


@dataclass(frozen=True, slots=True)
class Line:
    """One change of one commune. `commune_id` is the row that is known; `other` the code of the heir or origin."""

    kind: Kind
    insee_code: str
    name: str
    says: str
    commune_id: int | None = None
    other: str = ""

    @property
    def place(self) -> str:
        return f"{self.name} ({self.insee_code})"


class Known(NamedTuple):
    """A commune as it is known."""

    pk: int
    insee_code: str
    name: str
    siren: str
    population: int | None
    department: str
    epci: str
    epci_name: str


@dataclass(frozen=True)
class Difference:
    """Changes of a candidate vintage. `known` counts the communes of today, `populations` those that would change."""

    candidate: Candidate
    lines: tuple[Line, ...]
    known: int
    populations: int
    emptied_departments: tuple[str, ...]

    @cached_property
    def counts(self) -> Counter[Kind]:
        """How many of each kind."""
        return Counter(line.kind for line in self.lines)

    @cached_property
    def removed(self) -> int:
        """How many communes would be no more, or would lose something that was known of them."""
        hurtful = (Kind.LOST, Kind.MERGED, Kind.EMPTIED)
        return len({line.insee_code for line in self.lines if line.kind in hurtful})

    @property
    def share(self) -> Decimal:
        """Of the communes that are known, the share removed or emptied, in percent, rounded up to a tenth."""
        if not self.known:
            return Decimal(0)
        return (Decimal(100 * self.removed) / self.known).quantize(Decimal("0.1"), rounding=ROUND_UP)

    @cached_property
    def fingerprint(self) -> str:
        """Return the fingerprint of the list that was read: an import confirms this list and no other."""
        digest = hashlib.sha256(f"{self.candidate.checksum} {self.candidate.year} {self.populations}".encode())
        for line in self.lines:
            digest.update(f"{line.kind}|{line.insee_code}|{line.says}\n".encode())
        return digest.hexdigest()

    def of(self, kind: Kind) -> list[Line]:
        """Return the lines of a kind."""
        return [line for line in self.lines if line.kind == kind]


def known_communes() -> dict[str, Known]:
    """Return the communes of today by code; one query."""
    rows = (
        Commune.objects.current()
        .order_by()
        .values_list("pk", "insee_code", "name", "siren", "population", "department__code", "epci__siren", "epci__name")
    )
    return {row[1]: Known(*row[:6], row[6] or "", row[7] or "") for row in rows}


def compare(candidate: Candidate, *, thresholds: Mapping[str, Sequence[int]] | None = None) -> Difference:
    """Say what a candidate would change, without writing anything. Three queries, whatever the number of communes.

    `thresholds` gives the populations that matter to programmes, by code of department.
    """
    known = known_communes()
    gone = {
        code: (pk, heir or "")
        for pk, code, heir in Commune.objects.exclude(gone_in=None)
        .order_by()
        .values_list("pk", "insee_code", "merged_into__insee_code")
    }
    parts = dict(FormerCommune.objects.order_by().values_list("insee_code", "commune__insee_code"))
    lines = [
        *_disappearances(candidate, known, gone),
        *_appearances(candidate, known, gone, parts),
        *_changes(candidate, known, thresholds or {}),
    ]
    rank = {kind: position for position, kind in enumerate(Kind)}
    lines.sort(key=lambda line: (rank[line.kind], line.insee_code))
    populations = sum(
        1
        for code, line in candidate.communes.items()
        if "population" in candidate.knows and code in known and known[code].population != line.population
    )
    before = {commune.department for commune in known.values()}
    after = {line.department for line in candidate.communes.values()}
    return Difference(candidate, tuple(lines), len(known), populations, tuple(sorted(before - after)))


def renumbered_in(candidate: Candidate, known: Mapping[str, Known], gone: Mapping[str, object]) -> dict[str, str]:
    """Return the communes that only change codes, old and new.

    The candidate says so, or the heir bears the very same name under a code nobody had.
    """
    found = {
        old: new
        for old, new in candidate.renumbered.items()
        if old in known and new in candidate.communes and new not in known and new not in gone
    }
    for code, heir in candidate.heirs.items():
        is_new = heir not in known and heir not in gone and heir not in found.values()
        if (
            is_new
            and code in known
            and code not in found
            and folded(known[code].name) == folded(candidate.communes[heir].name)
        ):
            found[code] = heir
    return found


def _disappearances(
    candidate: Candidate, known: Mapping[str, Known], gone: Mapping[str, tuple[int, str]]
) -> Iterator[Line]:
    renumbered = renumbered_in(candidate, known, gone)
    for code, commune in known.items():
        if code in candidate.communes:
            continue
        if code in renumbered:
            new = renumbered[code]
            yield Line(Kind.RENUMBERED, code, commune.name, f"code {code} → {new}", commune.pk, new)
        elif code in candidate.heirs:
            heir = candidate.communes[candidate.heirs[code]]
            yield Line(
                Kind.MERGED, code, commune.name, f"rejoint {heir.name} ({heir.insee_code})", commune.pk, heir.insee_code
            )
        else:
            yield Line(Kind.LOST, code, commune.name, "absente du fichier, qui ne dit pas qui lui succède", commune.pk)


def _appearances(
    candidate: Candidate, known: Mapping[str, Known], gone: Mapping[str, tuple[int, str]], parts: Mapping[str, str]
) -> Iterator[Line]:
    renumbered = set(renumbered_in(candidate, known, gone).values())
    for code, line in candidate.communes.items():
        if code in known or code in renumbered:
            continue
        pk, origin = gone.get(code, (None, "")) if code in gone else (None, parts.get(code, ""))
        if code in gone or origin:
            whence = known[origin].name if origin in known else ""
            says = f"se sépare {of_place(whence)} ({origin})" if whence else "redevient une commune"
            yield Line(Kind.SPLIT, code, line.name, says, pk, origin)
        else:
            yield Line(Kind.ADDED, code, line.name, f"commune du département {line.department}")


def _changes(
    candidate: Candidate, known: Mapping[str, Known], thresholds: Mapping[str, Sequence[int]]
) -> Iterator[Line]:
    for code, line in candidate.communes.items():
        commune = known.get(code)
        if commune is None:
            continue
        if commune.name != line.name:
            yield Line(Kind.RENAMED, code, line.name, f"s’appelait {commune.name}", commune.pk)
        if commune.department != line.department:
            says = f"département {commune.department} → {line.department}"
            yield Line(Kind.DEPARTMENT, code, line.name, says, commune.pk)
        yield from _facts(candidate, commune, line)
        yield from _crossings(candidate, commune, line, thresholds.get(line.department, ()))


def _facts(candidate: Candidate, commune: Known, line: CommuneLine) -> Iterator[Line]:
    lost = []
    if "siren" in candidate.knows and commune.siren != line.siren:
        if not line.siren:
            lost.append(f"SIREN {commune.siren}")
        elif not commune.siren:
            yield Line(Kind.SIREN_APPEARED, line.insee_code, line.name, f"SIREN {line.siren}", commune.pk)
        else:
            says = f"SIREN {commune.siren} → {line.siren}"
            yield Line(Kind.SIREN_ALTERED, line.insee_code, line.name, says, commune.pk)
    if "epci" in candidate.knows and commune.epci != line.epci:
        if not line.epci:
            lost.append(f"intercommunalité {commune.epci_name}")
        else:
            name = candidate.epci.get(line.epci, (line.epci, ""))[0]
            says = f"{commune.epci_name or 'aucune'} → {name}"
            yield Line(Kind.EPCI, line.insee_code, line.name, says, commune.pk)
    if "population" in candidate.knows and line.population is None and commune.population is not None:
        lost.append(f"population {number(commune.population)}")
    if lost:
        yield Line(Kind.EMPTIED, line.insee_code, line.name, f"n’a plus : {', '.join(lost)}", commune.pk)


def _crossings(candidate: Candidate, commune: Known, line: CommuneLine, thresholds: Sequence[int]) -> Iterator[Line]:
    before, after = commune.population, line.population
    if "population" not in candidate.knows or before is None or after is None:
        return
    for threshold in thresholds:
        if (before < threshold) != (after < threshold):
            way = "passe sous" if after < threshold else "atteint ou dépasse"
            says = f"{way} {number(threshold)} habitants : {number(before)} → {number(after)}"
            yield Line(Kind.THRESHOLD, line.insee_code, line.name, says, commune.pk)
