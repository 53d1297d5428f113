"""How an empty database is made: in what order, and without code for rows that it has not."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.migrations import RunPython
from django.db.migrations.loader import MigrationLoader

from socle.lib.migrating import RunPythonOnRows


@pytest.mark.slow
def test_the_libraries_make_their_tables_before_all_rooms_but_those_they_refer_to() -> None:
    graph = MigrationLoader(None).graph
    plan = list(dict.fromkeys(node for leaf in graph.leaf_nodes() for node in graph.forwards_plan(leaf)))
    rooms = {app.label for app in apps.get_app_configs() if app.name.startswith("socle.")}

    last_of_a_library = max(place for place, (label, _) in enumerate(plan) if label not in rooms)

    assert {label for label, _ in plan[:last_of_a_library]} & rooms == {"people", "territory"}


@pytest.mark.slow
def test_only_what_makes_the_first_rows_runs_on_none() -> None:
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("socle.")}
    on_none = [
        f"{label}.{name}"
        for (label, name), one in MigrationLoader(None).disk_migrations.items()
        if label in ours
        and any(isinstance(step, RunPython) and not isinstance(step, RunPythonOnRows) for step in one.operations)
    ]
    # It takes away the site that Wagtail makes.
    assert on_none == ["websites.0001_release_0_2"]
