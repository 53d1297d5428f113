"""The examples of CONTRIBUTING.md are made in a copy of the house, as they are written, and their screens open."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.consistency import house

EXAMPLES = re.findall(r"```diff\n(.*?)```", house.read("CONTRIBUTING.md"), re.S)
# What each may cost whoever writes it, blank lines apart.
LONGEST = (60, 150)
PARTS = ("socle", "tests", "programmes", "texts", "data", "docs", "deploy", "pyproject.toml", ".gitignore")
# What a room that forgot a table would be told by.
ASKED = ("test_words", "test_filled", "test_irreversible", "test_rooms", "test_verbs")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house, in a folder of its own, where git names its files."""
    for part in PARTS:
        here, ignored = house.ROOT / part, shutil.ignore_patterns("__pycache__", ".venv", "node_modules", ".cache")
        if here.is_dir():
            shutil.copytree(here, tmp_path / part, ignore=ignored)
        else:
            shutil.copy(here, tmp_path / part)
    run("git", "init", "--quiet", folder=tmp_path)
    return tmp_path


def run(*command: str, folder: Path, given: str = "") -> str:
    """What a command says in this folder, or the failure of the test."""
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(folder), "SOCLE_DATA_DIR": str(folder / "kept"), "PYTEST_ADDOPTS": ""},
    )  # fmt: skip
    assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def test_an_example_is_as_short_as_it_is_said() -> None:
    written = [len(re.findall(r"^\+(?!\+\+ ).+", example, re.M)) for example in EXAMPLES]
    assert len(written) == len(LONGEST)
    assert all(length <= longest for length, longest in zip(written, LONGEST, strict=True)), written


@pytest.mark.slow
def test_the_examples_work_as_they_are_written(copy: Path) -> None:
    for example in EXAMPLES:
        run("git", "apply", "-p0", "-", folder=copy, given=example)
    run("git", "add", ".", folder=copy)
    (command,) = set(re.findall(r"`socle (makemigrations [^`]+)`", house.read("CONTRIBUTING.md")))
    run(sys.executable, "-m", "socle", *command.split(), folder=copy)
    new = re.findall(r"^\+\+\+ (tests/\S+/test_\S+\.py)$", "".join(EXAMPLES), re.M)
    new = [path for path in new if not (house.ROOT / path).exists()]
    assert len(new) == 2
    asked = [f"tests/consistency/{name}.py" for name in ASKED]
    run(sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *new, *asked, folder=copy)
