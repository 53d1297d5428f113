"""A stamp always fits its box, whatever the length of the names."""

from __future__ import annotations

import io
import subprocess
from dataclasses import asdict

import pikepdf
import pytest

from socle.documents import typst
from socle.signing import stamp
from tests.signing.conftest import AT


@pytest.mark.parametrize(("times", "width", "height"), [(1, 147, 99), (6, 147, 99), (25, 147, 99), (6, 60, 30)])
def test_the_whole_stamp_is_drawn_inside_its_box(times, width, height):
    words = stamp.Stamp(
        name="Anne-Marie de La Tour-Exemple " * times,
        quality="vice-présidente chargée du numérique " * times,
        organisation="Commune",
        place="Saint-Hilaire-lez-Cambrai",
        signed_at="25 novembre 2026 à 10 h 30",
        evidence="ab" * 32,
        is_demonstration=True,
    )
    pdf = typst.render(
        stamp.LAYOUT, asdict(words) | {"width": width, "height": height}, standards=("a-3b",), is_tagged=False, at=AT
    )
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
    boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "juridique" in boxes
    edges = [line.split('"') for line in boxes.splitlines() if "<word" in line]
    assert max(float(edge[5]) for edge in edges) <= width + 1
    assert max(float(edge[7]) for edge in edges) <= height + 1
