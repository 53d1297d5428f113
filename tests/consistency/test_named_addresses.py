"""What a template names in one block is unknown in another: a button would silently lose its address."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.consistency.house import ROOT

BLOCK = re.compile(r"{% block (\w+) %}")
NAMED = re.compile(r"{% (?:url|firstof) [^%]* as (\w+) %}")
# Where a value is read: a variable, an argument of a component, a condition.
TAG = re.compile(r"{[{%].*?[%}]}", re.DOTALL)
QUOTED = re.compile(r'"[^"]*"')


def lost(source: str) -> Iterator[str]:
    """The names a template reads in a block, and gives in other blocks only."""
    parts = BLOCK.split(source)
    blocks = dict(zip(parts[1::2], parts[2::2], strict=True))
    given = {name: set(NAMED.findall(body)) for name, body in blocks.items()}
    for name, body in blocks.items():
        read = {word for tag in TAG.findall(body) for word in re.findall(r"(?<![\w.:])\w+", QUOTED.sub("", tag))}
        elsewhere = set().union(*(one for other, one in given.items() if other != name)) - given[name]
        yield from sorted(read & elsewhere)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('{% block a %}{% url "x" as here %}{% endblock %}{% block b %}{% c "d" url=here %}{% endblock %}', ["here"]),
        ('{% block a %}{% url "x" as here %}{{ here }}{% endblock %}{% block b %}{% url "here" %}{% endblock %}', []),
    ],
)
def test_a_lost_name_is_seen(source: str, names: list[str]) -> None:
    assert list(lost(source)) == names


def test_no_template_reads_a_name_that_only_another_block_gave() -> None:
    templates = [path for path in (ROOT / "socle").rglob("*.html") if "templates" in path.parts]
    assert len(templates) > 100
    wrong = {str(path.relative_to(ROOT)): names for path in templates if (names := list(lost(path.read_text())))}
    assert not wrong
