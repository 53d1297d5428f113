"""The page of security says every requirement once, and names only tests that exist."""

from __future__ import annotations

import re
import tomllib

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


def missing_among(page: str) -> list[str]:
    """The tests that a page names and that do not exist."""
    return [
        f"{path}::{name}"
        for path, name in NAMED.findall(page)
        if not (house.ROOT / path).is_file() or not re.search(rf"^\s*def {name}\(", house.read(path), re.M)
    ]


def test_every_test_that_is_named_exists() -> None:
    assert missing_among(PAGE) == []
    assert len(NAMED.findall(PAGE)) > 150


def test_the_page_counts_what_it_says() -> None:
    rows = ROW.findall(PAGE)
    for state in ("held", "partly", "short", "not applicable"):
        count = sum(row[3] == state for row in rows)
        assert f"{count} {state}" in PAGE
    falls_short = PAGE.partition("## What falls short")[2].partition("## What we hold")[0]
    for identifier, _, _, state, _ in rows:
        is_told = bool(re.search(rf"(?<![\d.]){re.escape(identifier)}(?![\d.]*\d)", falls_short))
        assert is_told is (state in ("partly", "short")), identifier


# Held by a reason that no test could add to: a tool that runs over the whole code, a thing that does not exist, a page.
BY_THEIR_REASON = """
1.2.4 1.2.5 1.3.2 1.3.10 3.7.1 6.1.2 6.1.3 6.2.6 6.2.8 6.2.9 6.2.10 6.4.2 6.5.3 7.2.3 7.4.4 11.1.2
11.2.1 11.3.1 11.4.1 11.4.2 11.4.4 13.2.3 15.1.1 15.3.5 16.1.1
"""


def test_whatever_is_held_names_its_test_or_is_of_the_few_held_by_their_reason() -> None:
    without = [row[0] for row in ROW.findall(PAGE) if row[3] == "held" and not NAMED.search(row[4])]
    assert without == BY_THEIR_REASON.split()
    # What is only partly held says what is missing.
    assert [row[0] for row in ROW.findall(PAGE) if row[3] == "partly" and len(row[4]) < 30] == []


def test_the_tool_that_those_reasons_name_watches_the_whole_code() -> None:
    """ruff's family S, whole over `socle`: shells, `eval`, statements of SQL, weak hashes."""
    ruff = tomllib.loads(house.read("pyproject.toml"))["tool"]["ruff"]["lint"]
    assert "S" in ruff["select"]
    assert {code for code in ruff["ignore"] if code.startswith("S")} - {"SIM"} == {"S101"}
    assert [path for path in ruff["per-file-ignores"] if path.startswith("socle")] == []
    assert tomllib.loads(house.read("pyproject.toml"))["tool"]["mypy"]["strict"] is True


def test_no_script_of_ours_could_be_polluted_or_keeps_anything() -> None:
    """No object is merged, no markup is written, nothing is kept in the browser."""
    scripts = [path for path in house.files(".js") if path.parts[0] == "socle" and "htmx" not in path.name]
    assert scripts
    forbidden = re.compile(
        r"__proto__|\.prototype\b|Object\.(assign|setPrototypeOf|defineProperty)|\beval\(|new Function|innerHTML|"
        r"outerHTML|insertAdjacentHTML|document\.write|localStorage|sessionStorage|indexedDB|document\.cookie"
    )
    found = [f"{path}: {match[0]}" for path in scripts for match in forbidden.finditer(house.read(path))]
    assert found == []
