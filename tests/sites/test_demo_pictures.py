"""The photographs of the demonstration: light, with their author and licence on the site and in the notice."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from socle.sites import demo_data
from socle.sites.demo_data import PICTURES, Illustration

SHOWN = [one for one in vars(demo_data).values() if isinstance(one, Illustration)]
NOTICE = (PICTURES / "LICENCES.md").read_text()


def test_no_photograph_lies_there_without_its_line_nor_its_use() -> None:
    kept = {path.name for path in PICTURES.glob("*.webp")}
    assert kept == set(re.findall(r"^\| `([\w.]+)`", NOTICE, re.MULTILINE)) == {one.filename for one in SHOWN}


@pytest.mark.parametrize("shown", SHOWN, ids=lambda one: one.filename)
def test_a_photograph_is_light_and_its_caption_says_what_its_licence_wants(shown: Illustration) -> None:
    photograph = shown.photograph()
    assert len(photograph.content) <= 120_000
    with Image.open(PICTURES / shown.filename) as opened:
        assert max(opened.size) <= 1600
        assert not opened.getexif()
    line = next(line for line in NOTICE.splitlines() if line.startswith(f"| `{shown.filename}`"))
    authors, licence = shown.owner.replace("\u00a0", " ").rstrip(")").rsplit(" (", 1)
    assert f"[{licence}]" in line or f" {licence} " in line
    assert all(author in line for author in authors.split(", "))
    assert photograph.credit.startswith("Photographie d’illustration\u00a0: ")
    assert shown.shows.rstrip(".").lower() in line
