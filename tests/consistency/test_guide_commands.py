"""Every `socle` line that the guide and the README tell to type is one that the command line understands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from tests.consistency.house import ROOT

PAGES = [*sorted((ROOT / "docs/guide").glob("*.md")), ROOT / "README.md", ROOT / "README.fr.md"]
# Answered before Django's own command line.
APART = {"version"}


def typed() -> Iterator[tuple[str, str]]:
    """Each line of a block of code that begins with `socle`, alone in its command, and its page."""
    for page in PAGES:
        for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for line in block.replace("\\\n", " ").splitlines():
                whole = re.split(r"\s#\s|\s&&\s|\s\|\|?\s|\s>+\s|;", line)[0].strip()
                if re.match(r"(?:\.venv/bin/)?socle ", whole):
                    yield page.name, whole


@pytest.mark.parametrize(("page", "line"), sorted(set(typed())))
def test_a_line_of_the_guide_is_understood(page: str, line: str) -> None:
    _, verb, *words = shlex.split(line)
    name = verb.replace("-", "_")
    if verb in APART:
        return
    app = get_commands()[name]
    command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
    command.create_parser("socle", name).parse_args(words)


def test_lines_are_found() -> None:
    assert len(set(typed())) > 40
