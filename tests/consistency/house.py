"""The house as data: its files, its rooms, its models."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]


@cache
def all_files() -> tuple[Path, ...]:
    """Every file of the repository, tracked or about to be, relative to its root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return tuple(Path(name) for name in sorted(listed.stdout.split("\0")) if name and (ROOT / name).is_file())


def files(*suffixes: str) -> list[Path]:
    """Those whose name ends so."""
    return [path for path in all_files() if path.suffix in suffixes]


def code() -> list[Path]:
    """The modules of the platform, migrations apart."""
    return [path for path in files(".py") if path.parts[0] == "socle" and "migrations" not in path.parts]


def read(path: Path | str) -> str:
    return (ROOT / path).read_text()


@cache
def tree(path: Path) -> ast.Module:
    """A module, parsed once for whoever reads the house."""
    return ast.parse(read(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that is in a module, walked once too."""
    return tuple(ast.walk(tree(path)))


def records(within: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """Each call among these that writes a line of the journal."""
    for call in within:
        if isinstance(call, ast.Call):
            match call.func:
                case ast.Name("record") | ast.Attribute(ast.Name("journal"), "record"):
                    yield call


def rooms() -> list[Path]:
    """The packages of the first floor, the engines and the sections."""
    inits = [path for path in files(".py") if path.name == "__init__.py" and path.parts[0] == "socle"]
    return [
        path.parent
        for path in inits
        if len(path.parts) == 3 or (path.parts[1] in ("engines", "sections") and len(path.parts) == 4)
    ]


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("socle.")]
