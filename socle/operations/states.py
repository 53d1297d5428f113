"""The states of each thing, drawn from the code: a page of Mermaid per room, so that the picture cannot lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

NOTE = "Drawn by `socle describe-states` from `{module}`. Do not edit."


def pages() -> Iterator[tuple[str, str]]:
    """Give each page: its path from the root of the repository, and its text."""
    for config in apps.get_app_configs():
        if config.name.startswith("socle.") and config.models_module is not None:
            tables = {
                module.__name__: moves
                for module in _modules(config.models_module)
                if isinstance(moves := getattr(module, "MOVES", None), Mapping)
            }
            if tables:
                room = config.name.removeprefix("socle.").replace(".", "-")
                yield f"docs/dev/states/{room}.md", _page(tables)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    """The models of a room are one module, or several of one package."""
    yield package
    for model in apps.get_models():
        name = model.__module__
        if name.startswith(f"{package.__name__}."):
            yield import_module(name)


def _page(tables: Mapping[str, Mapping[Any, Sequence[Any]]]) -> str:
    """The states of a room: those of its only table, or of each of them, under its own title."""
    drawn = [draw(module, tables[module]) for module in sorted(tables)]
    if len(drawn) == 1:
        return drawn[0]
    titles = [f"## {module.rpartition('.')[2].capitalize()}" for module in sorted(tables)]
    parts = [text.replace(text.partition("\n")[0], title, 1) for text, title in zip(drawn, titles, strict=True)]
    return "\n".join([f"{drawn[0].partition(chr(10))[0]}\n", *parts])


def draw(module: str, moves: Mapping[Any, Sequence[Any]]) -> str:
    """Draw a table of allowed moves; the first state is the one a thing is born in, one without a move is an end."""
    states: list[models.TextChoices] = list(moves)
    lines = [f"# {_title(module)}", "", NOTE.format(module=module), "", "```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{state.label}" as {state.value}' for state in states]
    lines.append(f"    [*] --> {states[0].value}")
    for state in states:
        lines += [f"    {state.value} --> {target.value}" for target in moves[state]]
        if not moves[state]:
            lines.append(f"    {state.value} --> [*]")
    return "\n".join([*lines, "```", ""])


def _title(module: str) -> str:
    return f"States of {module.split('.')[1]}"


def stale() -> list[str]:
    """The pages that do not say what the code says: wrong, missing, or about a thing that is no more."""
    drawn = dict(pages())
    wrong = [path for path, text in drawn.items() if _read(path) != text]
    folder = settings.ROOT / "docs" / "dev" / "states"
    left = [f"docs/dev/states/{path.name}" for path in folder.glob("*.md")]
    return wrong + [path for path in left if path not in drawn]


def write() -> list[str]:
    """Write every page; return the paths of those that changed."""
    changed = stale()
    for path in changed:
        (settings.ROOT / path).unlink(missing_ok=True)
    for path, text in pages():
        if path in changed:
            (settings.ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (settings.ROOT / path).write_text(text)
    return changed


def _read(path: str) -> str | None:
    file = settings.ROOT / path
    return file.read_text() if file.exists() else None
