"""The official papers of a demonstration, as `socle papers` writes them: each kind, and every mention it must bear."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.journeys.conftest import Platform, socle_of


def test_every_paper_of_a_demonstration_bears_what_it_must(platform: Platform, tmp_path: Path) -> None:
    told = socle_of(platform, "papers", "--out", str(tmp_path))
    assert "0\u00a0mention\u00a0absente" in told
    with (tmp_path / "index.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    written = [line for line in lines if line["Fichier"] != "aucun"]
    assert [line for line in written if not line["Page"].isdecimal()] == []
    assert {path.name for path in tmp_path.glob("*.pdf")} == {line["Fichier"] for line in written}
    # Whatever else there is was not lived in a demonstration: no amendment, no letter, no rehearsal.
    assert {line["Fichier"].removesuffix(".pdf") for line in written} >= {
        "convention", "preuve-de-convention", "appel-de-contribution", "convocation", "deliberation", "liste",
        "proces-verbal", "registre", "certificat-affichage",
    }  # fmt: skip
