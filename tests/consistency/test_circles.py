"""No circle inside a room: what needs a module is not needed by it, not even late, inside a function."""

from __future__ import annotations

from functools import cache
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.consistency import house

# A page draws itself with what reads its rows: asked when it is served, never when the models are loaded.
LATE = {
    ("socle.sections.council.models", "socle.sections.council.presenters"),
    ("socle.sections.notices.models", "socle.sections.notices.public"),
}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("socle", exclude_type_checking_imports=True, cache_dir=None)


def is_late(importer: str, imported: str) -> bool:
    """Say whether it is imported inside functions only."""
    found = graph().get_import_details(importer=importer, imported=imported)
    path = house.ROOT / importer.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    lines = source.splitlines()
    return all(lines[one["line_number"] - 1].startswith(" ") for one in found)


@pytest.mark.parametrize("room", sorted(child.rpartition(".")[2] for child in graph().find_children("socle")))
def test_no_circle_inside_a_room(room: str) -> None:
    inside = {f"socle.{room}", *graph().find_descendants(f"socle.{room}")}
    needed = {
        module: {
            other
            for other in graph().find_modules_directly_imported_by(module) & inside
            if not ((module, other) in LATE and is_late(module, other))
        }
        for module in inside
    }
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        pytest.fail(" ← ".join(error.args[1]))


def test_what_is_let_be_late_still_is() -> None:
    assert all(is_late(*one) for one in LATE)
