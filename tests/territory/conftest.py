"""A small territory in files, sealed as the real one is; and the real one, loaded once per test that asks for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from socle.people.models import User
from tools.derive_territory.files import pack

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
COMMUNES = "insee_code,name,department,siren,epci,population,postal_codes\n"
FILES = {
    "departments.csv.gz": "code,name\n59,Nord\n62,Pas-de-Calais\n",
    "epci.csv.gz": "siren,name,kind\n200043321,CC du Pays de Mormal,CC\n",
    "communes-2021.csv.gz": COMMUNES
    + "59006,Amfroipret,59,215900069,200043321,200,59144\n"
    + "59070,Bermeries,59,215900705,200043321,370,59570\n"
    + "59474,Prisches,59,215904749,,1036,59550\n"
    + "62001,Abbeville-lès-Ancien,62,,,90,62000\n",
    "communes-2026.csv.gz": COMMUNES
    + "59006,Orée de Mormal,59,215900069,200043321,600,59144 59570\n"
    + "59474,Prisches,59,215904749,,1000,59550\n"
    + "62002,Abbeville-lès-Ancien,62,216200022,,95,62000\n"
    + "62010,Écuélin-le-Rétabli,62,,,,62010\n",
    "changes.csv.gz": "insee_code,kind,heir,gone_in\n59070,merged,59006,2025\n62001,renumbered,62002,2024\n",
    "former.csv.gz": "insee_code,name,kind,heir\n"
    + "59006,Amfroipret,delegated,59006\n59070,Bermeries,delegated,59006\n59999,,absorbed,59474\n",
    "town-halls.csv.gz": "insee_code,address,postal_code,city,phone,email,email_withheld,website,latitude,longitude\n"
    + "59474,4 place,59550,Prisches,03 27 00 00 00,mairie@prisches.example,,https://prisches.example,50.08,3.76\n"
    + "59006,,59144,Orée de Mormal,,,1,,,\n",
    "opening-hours.csv.gz": "insee_code,first_day,last_day,opens,closes\n"
    + "59474,1,5,09:00,12:00\n59474,6,6,10:00,11:30\n",
    "outlines.jsonl.gz": '{"insee_code":"59474","rings":[[[3.7,50.0],[3.8,50.0],[3.8,50.1],[3.7,50.0]]]}\n',
}


def write(folder: Path, **texts: str) -> Path:
    """Write a sealed territory; `texts` replace files, named without « .csv.gz » and with underscores."""
    files = dict(FILES)
    for name, text in texts.items():
        matching = [key for key in files if key.startswith(name.replace("_", "-"))]
        files[matching[0]] = text
    packed = {name: pack(text) for name, text in files.items()}
    for name, content in packed.items():
        (folder / name).write_bytes(content)
    counts = {year: files[f"communes-{year}.csv.gz"].count("\n") - 1 for year in (2021, 2026)}
    manifest = {
        "vintages": [
            {"year": year, "source": "essai", "population_definition": "population municipale", "communes": count}
            for year, count in counts.items()
        ],
        "files": {name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in packed.items()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def write_territory(tmp_path: Path) -> Callable[..., Path]:
    folder = tmp_path / "territory"
    folder.mkdir()
    return lambda **texts: write(folder, **texts)


@pytest.fixture
def system(db: None) -> User:
    return User.objects.system()
