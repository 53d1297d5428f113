"""Reading the derived files of `data/territory`: sealed by a manifest, checked whole before anything is written."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, TypeVar

from socle.lib.refusals import Refused

MANIFEST = "manifest.json"
REMEDY = "Rien n’a été chargé. Remettez en place les fichiers d’origine (une copie intacte du dépôt), puis recommencez."
Line = TypeVar("Line")
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.ASCII)
_DEPARTMENT = re.compile(r"[0-9][0-9AB][0-9]?", re.ASCII)
_SIREN = re.compile(r"[0-9]{9}", re.ASCII)
_POSTAL = re.compile(r"[0-9]{5}", re.ASCII)
# Wide enough for every overseas coast; a point outside is a column read for another.
_LONGITUDES, _LATITUDES = (-180.0, 180.0), (-90.0, 90.0)


@dataclass(frozen=True, slots=True)
class CommuneLine:
    """A commune as one vintage has it."""

    insee_code: str
    name: str
    department: str
    siren: str
    epci: str
    population: int | None
    postal_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Fate of a commune the latest vintage does not have: `kind` is merged, renumbered or lost."""

    insee_code: str
    kind: str
    heir: str
    gone_in: int


@dataclass(frozen=True, slots=True)
class FormerLine:
    insee_code: str
    name: str
    kind: str
    heir: str


@dataclass(frozen=True, slots=True)
class TownHallLine:
    insee_code: str
    address: str
    postal_code: str
    city: str
    phone: str
    email: str
    email_withheld: bool
    website: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class OpeningLine:
    insee_code: str
    first_day: int
    last_day: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class OutlineLine:
    insee_code: str
    rings: list[list[list[float]]]


@dataclass(frozen=True, slots=True)
class VintageLines:
    year: int
    source: str
    population_definition: str
    communes: dict[str, CommuneLine]


@dataclass(frozen=True, slots=True)
class Territory:
    """Everything the files say, read and checked. Vintages are in order of year."""

    checksum: str
    vintages: list[VintageLines]
    departments: dict[str, str]
    epci: dict[str, tuple[str, str]]
    changes: list[ChangeLine]
    former: list[FormerLine]
    town_halls: list[TownHallLine]
    openings: list[OpeningLine]
    outlines: list[OutlineLine]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The files as bytes, once their seals are verified. `checksum` names the whole set."""

    folder: Path
    checksum: str
    manifest: dict[str, Any]
    contents: dict[str, bytes]


def unseal(folder: Path) -> Sealed:
    """Read the manifest and every file it names; raise `Refused` when one is missing, truncated or altered."""
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError:
        raise Refused(f"Le fichier du territoire « {path} » est introuvable ou illisible. {REMEDY}") from None
    try:
        manifest = json.loads(raw)
        seals = {str(name): str(entry["sha256"]) for name, entry in manifest["files"].items()}
        years = [int(vintage["year"]) for vintage in manifest["vintages"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(f"Le manifeste du territoire « {path} » est illisible. {REMEDY}") from None
    if not years or years != sorted(set(years)):
        raise Refused(f"Le manifeste du territoire « {path} » ne nomme pas de millésimes dans l’ordre. {REMEDY}")
    contents: dict[str, bytes] = {}
    for name, seal in seals.items():
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
            raise Refused(f"Le manifeste du territoire « {path} » nomme un fichier inattendu. {REMEDY}")
        try:
            content = (folder / name).read_bytes()
        except OSError:
            raise Refused(f"Le fichier du territoire « {folder / name} » est introuvable. {REMEDY}") from None
        if hashlib.sha256(content).hexdigest() != seal:
            raise Refused(
                f"Le fichier du territoire « {folder / name} » est tronqué ou altéré : "
                f"son empreinte n’est pas celle du manifeste. {REMEDY}"
            )
        contents[name] = content
    return Sealed(folder, hashlib.sha256(raw).hexdigest(), manifest, contents)


def read(sealed: Sealed) -> Territory:
    """Parse sealed files; raise `Refused` naming the file and the line when one does not hold together."""
    departments = {
        row["code"]: row["name"]
        for row in _table(sealed, "departments.csv.gz", "code name", lambda row: row if _department(row) else None)
    }
    epci = {
        row["siren"]: (row["name"], row["kind"])
        for row in _table(sealed, "epci.csv.gz", "siren name kind", lambda row: row if _siren(row["siren"]) else None)
    }
    vintages = []
    for entry in sealed.manifest["vintages"]:
        name = f"communes-{entry['year']}.csv.gz"
        lines: dict[str, CommuneLine] = {}
        header = "insee_code name department siren epci population postal_codes"
        for line in _table(sealed, name, header, commune_line):
            if line.insee_code in lines:
                raise Refused(
                    f"Dans « {sealed.folder / name} », la commune {line.insee_code} figure deux fois. {REMEDY}"
                )
            if line.department not in departments:
                raise Refused(
                    f"Dans « {sealed.folder / name} », la commune {line.insee_code} est d’un département inconnu "
                    f"({line.department}). {REMEDY}"
                )
            lines[line.insee_code] = line
        if len(lines) != entry.get("communes"):
            raise Refused(
                f"Le fichier « {sealed.folder / name} » compte {len(lines)} communes, le manifeste en annonce "
                f"{entry.get('communes')}. {REMEDY}"
            )
        vintages.append(
            VintageLines(
                int(entry["year"]), str(entry.get("source", "")), str(entry.get("population_definition", "")), lines
            )
        )
    latest = vintages[-1].communes

    def of_today(line: Any) -> Any:
        return line if line is not None and line.insee_code in latest else None

    return Territory(
        checksum=sealed.checksum,
        vintages=vintages,
        departments=departments,
        epci=epci,
        changes=list(
            _table(
                sealed,
                "changes.csv.gz",
                "insee_code kind heir gone_in",
                lambda row: (
                    ChangeLine(row["insee_code"], row["kind"], row["heir"], int(row["gone_in"]))
                    if row["insee_code"] not in latest
                    and (row["heir"] in latest if row["kind"] in ("merged", "renumbered") else row["kind"] == "lost")
                    else None
                ),
            )
        ),
        former=list(
            _table(
                sealed,
                "former.csv.gz",
                "insee_code name kind heir",
                lambda row: (
                    FormerLine(**row)
                    if row["heir"] in latest and row["kind"] in ("delegated", "associated", "district", "absorbed")
                    else None
                ),
            )
        ),
        town_halls=list(
            _table(
                sealed,
                "town-halls.csv.gz",
                "insee_code address postal_code city phone email email_withheld website latitude longitude",
                lambda row: of_today(_town_hall_line(row)),
            )
        ),
        openings=list(
            _table(
                sealed,
                "opening-hours.csv.gz",
                "insee_code first_day last_day opens closes",
                lambda row: of_today(_opening_line(row)),
            )
        ),
        outlines=list(_outlines(sealed, "outlines.jsonl.gz", latest)),
    )


def _text(sealed: Sealed, name: str) -> str:
    if name not in sealed.contents:
        raise Refused(f"Le manifeste du territoire ne nomme pas le fichier « {name} ». {REMEDY}")
    try:
        return gzip.decompress(sealed.contents[name]).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        raise Refused(f"Le fichier du territoire « {sealed.folder / name} » est illisible. {REMEDY}") from None


def _table(sealed: Sealed, name: str, header: str, parse: Callable[[dict[str, str]], Line | None]) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(_text(sealed, name), newline=""), strict=True)
    columns = header.split()
    try:
        for number, row in enumerate(reader, start=1):
            if number == 1:
                if row != columns:
                    raise ValueError(row)
                continue
            line = parse(dict(zip(columns, row, strict=True)))
            if line is None:
                raise ValueError(row)
            yield line
    except (ValueError, csv.Error):
        raise Refused(
            f"Dans le fichier du territoire « {sealed.folder / name} », la ligne {reader.line_num} n’est pas de la "
            f"forme attendue ({', '.join(columns)}). {REMEDY}"
        ) from None


def _department(row: dict[str, str]) -> bool:
    return bool(_DEPARTMENT.fullmatch(row["code"]) and row["name"])


def _siren(text: str) -> bool:
    return _SIREN.fullmatch(text) is not None


def commune_line(row: dict[str, str]) -> CommuneLine | None:
    """Return the commune of a row of strings, or None when it does not hold together."""
    codes = tuple(row["postal_codes"].split())
    good = (
        _INSEE.fullmatch(row["insee_code"])
        and 0 < len(row["name"]) <= 80
        and all(_siren(row[column]) for column in ("siren", "epci") if row[column])
        and all(_POSTAL.fullmatch(code) for code in codes)
    )
    if not good:
        return None
    population = int(row["population"]) if row["population"] else None
    if population is not None and not 0 <= population < 10_000_000:
        return None
    return CommuneLine(row["insee_code"], row["name"], row["department"], row["siren"], row["epci"], population, codes)


def _town_hall_line(row: dict[str, str]) -> TownHallLine | None:
    latitude, longitude = (float(row[key]) if row[key] else None for key in ("latitude", "longitude"))
    if latitude is not None and not _LATITUDES[0] <= latitude <= _LATITUDES[1]:
        return None
    if longitude is not None and not _LONGITUDES[0] <= longitude <= _LONGITUDES[1]:
        return None
    return TownHallLine(
        row["insee_code"],
        row["address"][:250],
        row["postal_code"][:5],
        row["city"][:100],
        row["phone"][:30],
        row["email"],
        row["email_withheld"] == "1",
        row["website"],
        latitude,
        longitude,
    )


def _opening_line(row: dict[str, str]) -> OpeningLine | None:
    first, last = int(row["first_day"]), int(row["last_day"])
    opens, closes = time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])
    if not (1 <= first <= last <= 7 and opens < closes):
        return None
    return OpeningLine(row["insee_code"], first, last, opens, closes)


def _outlines(sealed: Sealed, name: str, latest: dict[str, CommuneLine]) -> Iterator[OutlineLine]:
    for number, text in enumerate(_text(sealed, name).splitlines(), start=1):
        try:
            line = json.loads(text)
            code, rings = line["insee_code"], line["rings"]
            good = (
                code in latest
                and bool(rings)
                and all(
                    len(ring) >= 4
                    and ring[0] == ring[-1]
                    and all(
                        len(point) == 2 and -180 <= float(point[0]) <= 180 and -90 <= float(point[1]) <= 90
                        for point in ring
                    )
                    for ring in rings
                )
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            good = False
        if not good:
            raise Refused(
                f"Dans le fichier du territoire « {sealed.folder / name} », le contour de la ligne {number} est "
                f"illisible. {REMEDY}"
            )
        yield OutlineLine(code, rings)
