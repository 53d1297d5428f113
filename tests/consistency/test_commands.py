"""Whatever a page tells people to type exists."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands

from tests.consistency import house

PAGES = [
    "README.md",
    "README.fr.md",
    *map(str, (path for path in house.files(".md") if path.parts[:2] == ("docs", "guide"))),
]
# Verbs of the command line itself.
OWN = {"help", "version"}


def typed(page: str) -> list[str]:
    """What stands in code on a page: its blocks, and what is between backticks."""
    text = house.read(page)
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.M | re.S)
    return [*(line for block in blocks for line in block.splitlines()), *re.findall(r"`([^`\n]+)`", text)]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_exists(page: str) -> None:
    recipes = set(re.findall(r"^([a-z-]+):", house.read("Makefile"), re.M))
    verbs = {name.replace("_", "-") for name in get_commands()} | OWN
    lines = typed(page)
    assert {name for line in lines for name in re.findall(r"(?:^|sudo |&& )make ([a-z-]+)", line)} - recipes == set()
    named = {name for line in lines for name in re.findall(r"(?<![\w.-])socle (?!socle )([a-z][a-z_-]*)", line)}
    assert {name for name in named if name.replace("_", "-") not in verbs} == set()


def test_both_pages_of_welcome_name_the_same_recipes() -> None:
    named = [
        set(re.findall(r"^make ([a-z-]+)", "\n".join(typed(page)), re.M)) for page in ("README.md", "README.fr.md")
    ]
    assert named[0] == named[1]
    assert named[0] >= {"run", "services", "services-stop", "test"}
