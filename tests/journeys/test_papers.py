"""The official papers of a demonstration, as `socle papers` writes them: each kind, and every mention it must bear."""

from __future__ import annotations

import csv
from pathlib import Path

from socle.documents import official
from tests.journeys.conftest import Platform, socle_of


def test_every_paper_of_a_demonstration_bears_what_it_must(platform: Platform, tmp_path: Path) -> None:
    told = socle_of(platform, "papers", "--out", str(tmp_path))
    assert "0\u00a0mention\u00a0absente" in told
    with (tmp_path / "index.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    # Each kind was lived there: the amendment and its print for the committee, the letters, the rehearsal attested.
    assert [line["Papier"] for line in lines if line["Fichier"] == "aucun"] == []
    assert [line for line in lines if not line["Page"].isdecimal()] == []
    assert {path.name for path in tmp_path.glob("*.pdf")} == {f"{kind.code}.pdf" for kind in official.kinds()}
