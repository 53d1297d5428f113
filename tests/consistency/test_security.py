"""The page of security says every requirement once, and names only tests that exist."""

from __future__ import annotations

import re

from tests.consistency import house

PAGE = house.read("docs/dev/security.md")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (held|partly|short|not applicable) \| (.+) \|$", re.M)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
# The requirements of levels 1 and 2 of ASVS 5.0.0, by section: a fact of the standard.
LEVELS_1_AND_2 = """
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1-1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2
4.1:1-3 4.2:1-1 4.3:1-2 4.4:1-4 5.1:1-1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3
6.8:1-4 7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1-1 8.4:1-1 9.1:1-3 9.2:1-4 10.1:1-2
10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1-1 11.6:1-1
12.1:1-3 12.2:1-2 12.3:1-4 13.1:1-1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3
15.3:1-7 16.1:1-1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1-1 17.2:1-4 17.3:1-2
"""


def expected() -> list[str]:
    found = []
    for section in LEVELS_1_AND_2.split():
        name, _, span = section.partition(":")
        first, last = (int(number) for number in span.split("-"))
        found += [f"{name}.{number}" for number in range(first, last + 1)]
    return found


def test_every_requirement_is_there_once_and_in_order() -> None:
    assert [row[0] for row in ROW.findall(PAGE)] == expected()
    assert len(expected()) == 253


def test_every_test_that_is_named_exists() -> None:
    missing = []
    named = NAMED.findall(PAGE)
    for path, name in named:
        if not (house.ROOT / path).is_file() or not re.search(rf"^\s*def {name}\(", house.read(path), re.M):
            missing.append(f"{path}::{name}")
    assert missing == []
    assert len(named) > 150


def test_the_page_counts_what_it_says() -> None:
    rows = ROW.findall(PAGE)
    for state in ("held", "partly", "short", "not applicable"):
        count = sum(row[3] == state for row in rows)
        assert f"{count} {state}" in PAGE
    falls_short = PAGE.partition("## What falls short")[2].partition("## What we hold")[0]
    for identifier, _, _, state, _ in rows:
        is_told = bool(re.search(rf"(?<![\d.]){re.escape(identifier)}(?![\d.]*\d)", falls_short))
        assert is_told is (state in ("partly", "short")), identifier
