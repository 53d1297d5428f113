"""Reading one vintage from a file of outside: what it is is told by its bytes, and it is checked whole before anything.

Three shapes are read: our compact table (`communes-2026.csv.gz`, plain or compressed), the `communes.json` of the npm
package `@etalab/decoupage-administratif`, and the package itself (`.tgz`), which also knows the EPCI.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from socle.lib.refusals import Refused
from socle.lib.text import folded
from socle.territory import dataset
from socle.territory.dataset import CommuneLine, FormerLine

# The whole of France weighs 0.6 Mo compressed in our table, and 13 Mo unfolded in the package.
MAX_BYTES = 30 * 1024 * 1024
MAX_UNFOLDED = 64 * 1024 * 1024
YEARS = range(2000, 2101)
NOTHING = "Rien n’a été écrit."
SHAPES = (
    "les formes lues sont communes-AAAA.csv ou .csv.gz (notre tableau), communes.json "
    "et le paquet .tgz de @etalab/decoupage-administratif"
)
DEFINITION = "population légale (municipale) de l’INSEE, telle que la diffuse etalab"
HEADER = ("insee_code", "name", "department", "siren", "epci", "population", "postal_codes")
_DEPARTMENT = re.compile(r"[0-9][0-9AB][0-9]?", re.ASCII)
_CODE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.ASCII)
_POPULATION = re.compile(r"[0-9]{0,7}", re.ASCII)
_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")
_KINDS = {"commune-deleguee": "delegated", "commune-associee": "associated", "arrondissement-municipal": "district"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A vintage as a file tells it, checked, not yet compared with what is known.

    `heirs` gives, for each code that is a commune no more, the commune of this vintage it belongs to; `renumbered`
    those that only changed codes. `knows` names what the file speaks of: what it is silent about is kept as it was.
    """

    year: int
    source: str
    population_definition: str
    checksum: str
    communes: dict[str, CommuneLine]
    heirs: dict[str, str]
    knows: frozenset[str]
    renumbered: dict[str, str] = field(default_factory=dict)
    gone_in: dict[str, int] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)
    epci: dict[str, tuple[str, str]] = field(default_factory=dict)
    former: tuple[FormerLine, ...] | None = None
    also_known_as: str = ""


EVERYTHING = frozenset(("siren", "epci", "population", "postal_codes"))


def years_at_hand(folder: Path | None = None) -> list[int]:
    """Return the vintages shipped with the platform, the latest last; none when the folder cannot be read."""
    try:
        sealed = dataset.unseal(folder or settings.TERRITORY_DIR)
    except Refused:
        return []
    return [int(vintage["year"]) for vintage in sealed.manifest["vintages"]]


def read_vintage(year: int, folder: Path | None = None) -> Candidate:
    """Read a vintage shipped with the platform; raise `Refused` when it is not there or does not hold together."""
    sealed = dataset.unseal(folder or settings.TERRITORY_DIR)
    years = [int(vintage["year"]) for vintage in sealed.manifest["vintages"]]
    if year not in years:
        known = ", ".join(str(one) for one in years)
        raise Refused(f"Le millésime {year} n’est pas livré avec la plateforme ({known}) : donnez plutôt un fichier.")
    territory = dataset.read(sealed)
    lines = next(vintage for vintage in territory.vintages if vintage.year == year)
    is_latest = year == years[-1]
    heirs = {line.insee_code: line.heir for line in territory.former} if is_latest else {}
    changes = territory.changes if is_latest else []
    heirs |= {change.insee_code: change.heir for change in changes if change.kind == "merged"}
    return Candidate(
        year=year,
        source=lines.source,
        population_definition=lines.population_definition,
        # `load-territory` loads the whole folder, town halls and outlines too: its seal is another, recognised here.
        checksum=hashlib.sha256(f"{sealed.checksum} {year}".encode()).hexdigest(),
        also_known_as=sealed.checksum,
        communes=lines.communes,
        heirs={code: heir for code, heir in heirs.items() if code not in lines.communes},
        knows=EVERYTHING,
        renumbered={change.insee_code: change.heir for change in changes if change.kind == "renumbered"},
        gone_in={change.insee_code: change.gone_in for change in changes},
        departments=territory.departments,
        epci=territory.epci if is_latest else {},
        former=tuple(territory.former) if is_latest else None,
    )


def read_path(path: Path, *, year: int | None = None) -> Candidate:
    """Read a file of this machine. An enormous one is refused before it is opened."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Refused(_too_big())
        content = path.read_bytes()
    except IsADirectoryError:
        raise Refused(f"« {path} » est un dossier : donnez le fichier lui-même ({SHAPES}). {NOTHING}") from None
    except OSError:
        raise Refused(f"Le fichier « {path} » est introuvable ou illisible. {NOTHING}") from None
    return read_bytes(content, name=path.name, year=year)


def read_bytes(content: bytes, *, name: str, year: int | None = None) -> Candidate:
    """Read what someone handed over. The name gives the year when none is said, and nothing else."""
    if len(content) > MAX_BYTES:
        raise Refused(_too_big())
    if not content:
        raise Refused(f"Ce fichier est vide. {NOTHING}")
    year = year or _year_in(name)
    if year is None:
        raise Refused(
            f"Le nom de ce fichier ne dit pas son millésime : précisez l’année (--year 2027, par exemple). {NOTHING}"
        )
    if year not in YEARS:
        raise Refused(f"« {year} » n’est pas l’année d’un millésime. {NOTHING}")
    checksum = hashlib.sha256(content).hexdigest()
    unfolded = _unfold(content)
    source = f"fichier « {name[:80]} »"
    if unfolded[257:262] == b"ustar":
        return _package(unfolded, year=year, checksum=checksum)
    text = _decode(unfolded)
    if text.lstrip()[:1] in ("[", "{"):
        rows = _json(text, "communes.json")
        return _etalab(rows, None, {}, year=year, source=source, checksum=checksum)
    communes = _table(text)
    return Candidate(
        year=year,
        source=source,
        population_definition=DEFINITION,
        checksum=checksum,
        communes=communes,
        heirs={},
        knows=EVERYTHING,
    )


def _too_big() -> str:
    return (
        f"Ce fichier dépasse {MAX_BYTES // 1024 // 1024} Mo : les communes de France tiennent en une dizaine. "
        f"Vérifiez que c’est le bon. {NOTHING}"
    )


def _year_in(name: str) -> int | None:
    found = _YEAR.findall(name)
    return int(found[-1]) if found else None


def _unfold(content: bytes) -> bytes:
    """Open a gzip, never beyond what France can weigh: a small file may unfold into all the memory of the machine."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unfolded = file.read(MAX_UNFOLDED + 1)
    except (OSError, EOFError, zlib.error):
        raise Refused(f"Ce fichier compressé est tronqué ou abîmé : téléchargez-le de nouveau. {NOTHING}") from None
    if len(unfolded) > MAX_UNFOLDED:
        raise Refused(_too_big())
    return unfolded


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content[:4096]:
        raise Refused(f"Ce fichier n’est pas un texte en UTF-8 : {SHAPES}. {NOTHING}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(
            f"Ce fichier n’est pas en UTF-8 (ligne {line}) : un tableur l’a sans doute réenregistré. "
            f"Reprenez le fichier d’origine. {NOTHING}"
        ) from None


# --- Our table -------------------------------------------------------------------------------------------------------
def _table(text: str) -> dict[str, CommuneLine]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    communes: dict[str, CommuneLine] = {}
    try:
        header = next(reader, [])
        if tuple(header) != HEADER:
            raise Refused(_wrong_columns(header))
        for row in reader:
            line = _line(dict(zip(HEADER, row, strict=True)))
            if line is None:
                raise ValueError(row)
            if line.insee_code in communes:
                raise Refused(_twice(line.insee_code))
            communes[line.insee_code] = line
    except (ValueError, csv.Error):
        raise Refused(
            f"La ligne {reader.line_num} n’est pas celle d’une commune ({', '.join(HEADER)}) : "
            f"le fichier est tronqué ou a été modifié. {NOTHING}"
        ) from None
    return _not_empty(communes)


def _wrong_columns(header: list[str]) -> str:
    missing = [column for column in HEADER if column not in header]
    if not missing:
        return f"Les colonnes ne sont pas dans l’ordre attendu : {', '.join(HEADER)}. {NOTHING}"
    return (
        f"Ce fichier n’est pas celui des communes : il y manque {_listed(missing)} ({SHAPES}). {NOTHING}"
        if len(missing) < len(HEADER)
        else f"Ce fichier n’est pas celui des communes : {SHAPES}. {NOTHING}"
    )


def _listed(columns: list[str]) -> str:
    words = ", ".join(f"« {column} »" for column in columns)
    return f"la colonne {words}" if len(columns) == 1 else f"les colonnes {words}"


def _twice(code: str) -> str:
    return f"La commune {code} figure deux fois dans ce fichier. {NOTHING}"


def _not_empty(communes: dict[str, CommuneLine]) -> dict[str, CommuneLine]:
    if not communes:
        raise Refused(f"Ce fichier ne contient aucune commune : il est tronqué. {NOTHING}")
    return communes


def _line(row: dict[str, str]) -> CommuneLine | None:
    """Check one commune, whatever the shape it came in."""
    if not (_POPULATION.fullmatch(row["population"]) and _DEPARTMENT.fullmatch(row["department"])):
        return None
    if any(not character.isprintable() for character in row["name"]) or not row["name"].strip():
        return None
    line = dataset.commune_line(row)
    return line if line is None or len(line.postal_codes) <= 100 else None


CHANGES = ("insee_code", "kind", "heir", "gone_in")


def with_changes(candidate: Candidate, content: bytes) -> Candidate:
    """Add what became of the communes a table no longer has: `changes.csv`, plain or compressed.

    Raises `Refused` when a line is wrong, when an heir is no commune of the vintage, when two designate each other.
    """
    if len(content) > MAX_BYTES:
        raise Refused(_too_big())
    reader = csv.reader(io.StringIO(_decode(_unfold(content)), newline=""), strict=True)
    toward: dict[str, str] = {}
    renumbered: dict[str, str] = {}
    gone_in: dict[str, int] = {}
    try:
        if tuple(next(reader, [])) != CHANGES:
            raise ValueError
        for row in reader:
            code, kind, heir, year = row
            if not _CODE.fullmatch(code) or code in candidate.communes or code in gone_in or int(year) not in YEARS:
                raise ValueError
            if kind not in ("merged", "renumbered", "lost") or (kind == "lost") != (heir == ""):
                raise ValueError
            gone_in[code] = int(year)
            if kind == "renumbered":
                renumbered[code] = heir
            elif heir:
                toward[code] = heir
    except (ValueError, csv.Error):
        raise Refused(
            f"La ligne {reader.line_num} du fichier des changements n’est pas de la forme attendue "
            f"({', '.join(CHANGES)}). {NOTHING}"
        ) from None
    parts = [(code, "", "absorbed", heir) for code, heir in toward.items()]
    heirs = _heirs(parts, candidate.communes)
    orphans = sorted(set(toward) - set(heirs)) + sorted(set(renumbered.values()) - set(candidate.communes))
    if orphans:
        raise Refused(
            f"Le fichier des changements donne à {orphans[0]} un successeur que ce millésime n’a pas. {NOTHING}"
        )
    digest = hashlib.sha256(candidate.checksum.encode() + content).hexdigest()
    return replace(candidate, heirs=candidate.heirs | heirs, renumbered=renumbered, gone_in=gone_in, checksum=digest)


# --- The npm package -------------------------------------------------------------------------------------------------
def _package(content: bytes, *, year: int, checksum: str) -> Candidate:
    """Read the package as npm packs it: three of its files, by their exact names, never written to the disk."""
    wanted = {
        f"package/{name}" for name in ("package.json", "data/communes.json", "data/epci.json", "data/departements.json")
    }
    found: dict[str, Any] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                if member.name in wanted and member.isfile():
                    file = archive.extractfile(member)
                    assert file is not None  # It is a regular file.
                    found[member.name] = _json(_decode(file.read(MAX_UNFOLDED)), member.name)
    except (tarfile.TarError, EOFError, OSError):
        raise Refused(f"Ce paquet est tronqué ou abîmé : téléchargez-le de nouveau. {NOTHING}") from None
    if missing := sorted(wanted - set(found)):
        raise Refused(f"Ce paquet n’est pas @etalab/decoupage-administratif : il y manque {missing[0]}. {NOTHING}")
    manifest = found["package/package.json"]
    version = str(manifest.get("version", "?"))[:20] if isinstance(manifest, dict) else "?"
    names = {}
    for row in _rows(found["package/data/departements.json"], "departements.json"):
        code, name = _text(row.get("code")), _text(row.get("nom"))
        if not _DEPARTMENT.fullmatch(code) or not 0 < len(name) <= 80:
            raise Refused(f"Dans departements.json, un département est illisible. {NOTHING}")
        names[code] = name
    return _etalab(
        found["package/data/communes.json"],
        found["package/data/epci.json"],
        names,
        year=year,
        source=f"INSEE, code officiel géographique {year} (@etalab/decoupage-administratif {version})",
        checksum=checksum,
    )


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(f"{name} est tronqué ou n’est pas du JSON. {NOTHING}") from None


def _rows(value: Any, name: str) -> Iterator[dict[str, Any]]:
    if not isinstance(value, list):
        raise Refused(f"{name} n’est pas une liste : {SHAPES}. {NOTHING}")
    for rank, row in enumerate(value, start=1):
        if not isinstance(row, dict):
            raise Refused(f"Dans {name}, l’élément {rank} n’est pas de la forme attendue. {NOTHING}")
        yield row


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _etalab(
    rows: Any, epci_rows: Any, departments: dict[str, str], *, year: int, source: str, checksum: str
) -> Candidate:
    epci, members = _epci(epci_rows)
    communes: dict[str, CommuneLine] = {}
    parts: list[tuple[str, str, str, str]] = []
    names = dict(departments)
    knows = {"epci"} if epci_rows is not None else set()
    for rank, row in enumerate(_rows(rows, "communes.json"), start=1):
        kind, code = _text(row.get("type")), _text(row.get("code"))
        if kind in _KINDS:
            parts.append((code, _text(row.get("nom")), _KINDS[kind], _text(row.get("chefLieu") or row.get("commune"))))
            continue
        overseas = row.get("collectiviteOutremer")
        if isinstance(overseas, dict) and _text(overseas.get("nom")):
            names.setdefault(_text(overseas.get("code")), _text(overseas.get("nom"))[:80])
        knows |= _known_of(row)
        siren, of_epci = members.get(code, ("", ""))
        line = _line(
            {
                "insee_code": code,
                "name": _text(row.get("nom")),
                "department": _text(row.get("departement"))
                or (_text(overseas.get("code")) if isinstance(overseas, dict) else ""),
                "siren": _text(row.get("siren")) or siren,
                "epci": of_epci,
                "population": _population(row.get("population")),
                "postal_codes": " ".join(sorted({_text(one) for one in _list(row.get("codesPostaux"))})),
            }
        )
        if line is None or kind != "commune-actuelle":
            raise Refused(f"Dans communes.json, l’élément {rank} ({code[:5] or 'sans code'}) est illisible. {NOTHING}")
        if code in communes:
            raise Refused(_twice(code))
        communes[code] = line
        parts += [(_text(old), "", "absorbed", code) for old in _list(row.get("anciensCodes"))]
    _not_empty(communes)
    heirs = _heirs(parts, communes)
    return Candidate(
        year=year,
        source=source,
        population_definition=DEFINITION,
        checksum=checksum,
        communes=communes,
        heirs={code: heir for code, heir in heirs.items() if code not in communes},
        knows=frozenset(knows | ({"siren"} if members else set())),
        departments=names,
        epci=epci,
        former=tuple(_former(parts, heirs, communes)),
    )


def _known_of(row: dict[str, Any]) -> set[str]:
    keys = {"siren": "siren", "population": "population", "codesPostaux": "postal_codes"}
    return {name for key, name in keys.items() if row.get(key) is not None}


def _population(value: Any) -> str:
    if value is None:
        return ""
    # A boolean is a number for Python, and 12.5 inhabitants are nobody: neither is a population.
    return str(value) if type(value) is int else "illisible"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _epci(rows: Any) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    epci: dict[str, tuple[str, str]] = {}
    members: dict[str, tuple[str, str]] = {}
    if rows is None:
        return epci, members
    for row in _rows(rows, "epci.json"):
        siren, name, kind = _text(row.get("code")), _text(row.get("nom")), _text(row.get("type"))
        if not re.fullmatch(r"[0-9]{9}", siren, re.ASCII) or not 0 < len(name) <= 160 or len(kind) > 12:
            raise Refused(f"Dans epci.json, l’intercommunalité « {name[:40] or siren[:9]} » est illisible. {NOTHING}")
        epci[siren] = (name, kind)
        for member in _list(row.get("membres")):
            if isinstance(member, dict):
                members[_text(member.get("code"))] = (_text(member.get("siren")), siren)
    return epci, members


def _heirs(parts: list[tuple[str, str, str, str]], communes: dict[str, CommuneLine]) -> dict[str, str]:
    """Follow each part to the commune it belongs to; raise `Refused` when two designate each other."""
    toward = {code: heir for code, _, _, heir in parts if code != heir or code in communes}
    heirs: dict[str, str] = {}
    for code in toward:
        if not _CODE.fullmatch(code):
            raise Refused(f"« {code[:10]} » n’est pas un code INSEE. {NOTHING}")
        seen, heir = [code], toward[code]
        while heir not in communes and heir in toward:
            if heir in seen:
                raise Refused(
                    f"Dans ce fichier, les communes {' et '.join(sorted({heir, seen[-1]}))} se désignent l’une l’autre "
                    f"comme celle qui les a absorbées. {NOTHING}"
                )
            seen.append(heir)
            heir = toward[heir]
        if heir in communes:
            heirs[code] = heir
    return heirs


def _former(
    parts: list[tuple[str, str, str, str]], heirs: dict[str, str], communes: dict[str, CommuneLine]
) -> Iterator[FormerLine]:
    kept: dict[str, FormerLine] = {}
    for code, name, kind, _ in parts:
        heir = heirs.get(code)
        if heir is None or len(name) > 80:
            continue
        # The chef-lieu's own delegated part shares its code: kept only for its name, when it differs.
        if code in communes and (code != heir or not name or folded(name) == folded(communes[code].name)):
            continue
        if code not in kept or name:
            kept[code] = FormerLine(code, name, kind, heir)
    yield from kept.values()
