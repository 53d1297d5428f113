"""What can be set is said; what is said can be set."""

from __future__ import annotations

import re
import subprocess
import tomllib
from typing import Any

import pytest

from tests.conftest import tool
from tests.consistency import house

VARIABLE = re.compile(r"""env\.\w+\(\s*["'](\w+)["']""")


def declared() -> set[str]:
    files = [path for path in house.files(".py") if path.parts[:2] == ("socle", "config")]
    return {name for path in files for name in VARIABLE.findall(house.read(path))}


def documented() -> dict[str, str]:
    """Each variable of `.env.example` with its sentence."""
    blocks = house.read(".env.example").split("\n\n")
    found = {}
    for block in blocks:
        lines = block.strip().splitlines()
        if lines and (match := re.fullmatch(r"#? ?(SOCLE_\w+)=.*", lines[-1])):
            found[match[1]] = " ".join(line.removeprefix("# ") for line in lines[:-1])
    return found


def test_every_variable_is_in_the_example_with_a_sentence() -> None:
    assert declared() == set(documented())
    assert len(declared()) > 10
    assert [name for name, sentence in documented().items() if not re.search(r"\w.*[.!]|: ", sentence)] == []


def test_no_other_module_reads_a_variable_of_ours() -> None:
    # `socle run` hands its port to its children, and reads the address that settings will read; what is replayed apart
    # has none of ours.
    readers = {
        str(path)
        for path in house.files(".py")
        if path.parts[0] == "socle" and re.search(r"environ\b.*SOCLE_", house.read(path))
    }
    assert readers <= {"socle/operations/management/commands/run.py", "socle/replays/react_eu.py"}


# --- Dependencies ----------------------------------------------------------------------------------------------------
PROJECT = tomllib.loads(house.read("pyproject.toml"))


def requirement(text: str) -> tuple[str, str, frozenset[str]]:
    match = re.fullmatch(r"([\w.-]+)(?:\[([\w,-]+)\])?(.*)", text.replace(" ", ""))
    assert match, text
    bounds = frozenset(bound for bound in match[3].split(",") if bound)
    return match[1].lower().replace("_", "-"), match[2] or "", bounds


def test_the_lock_says_what_the_project_asks() -> None:
    lock = tomllib.loads(house.read("uv.lock"))
    ours = next(package for package in lock["package"] if package["name"] == "socle")
    asked = {requirement(text) for text in PROJECT["project"]["dependencies"]}
    asked_by_tests = {requirement(text) for text in PROJECT["dependency-groups"]["dev"]}

    def locked(rows: list[dict[str, Any]]) -> set[tuple[str, str, frozenset[str]]]:
        return {
            (
                str(row["name"]),
                ",".join(row.get("extras", [])),
                frozenset(filter(None, str(row.get("specifier", "")).split(","))),
            )  # type: ignore[call-overload]
            for row in rows
        }

    assert locked(ours["metadata"]["requires-dist"]) == asked, "run `make lock`"
    assert locked(ours["metadata"]["requires-dev"]["dev"]) == asked_by_tests, "run `make lock`"


def test_the_lock_names_only_the_public_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", house.read("uv.lock")))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}


def test_the_export_for_pip_says_what_the_lock_says() -> None:
    uv = tool("uv", str(house.ROOT / ".venv-uv" / "bin" / "uv"))
    exported = subprocess.run(
        [uv, "export", "--quiet", "--frozen", "--offline", "--no-dev", "--no-emit-project", "--no-header"],
        cwd=house.ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    header, _, kept = house.read("requirements.txt").partition("\n")
    assert header.startswith("# Exported")
    assert kept == exported, "run `make lock`"
    assert kept.count("--hash=sha256:") > 500


@pytest.mark.parametrize(
    "group", [PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]["dev"]], ids=["run", "dev"]
)
def test_each_dependency_says_why(group: list[str]) -> None:
    lines = house.read("pyproject.toml").splitlines()
    for text in group:
        place = next(number for number, line in enumerate(lines) if line.strip().startswith(f'"{text}"'))
        # A few neighbours may share one reason.
        while lines[place].strip().startswith('"'):
            place -= 1
        assert lines[place].strip().startswith("# "), f"{text}: say why above it"
