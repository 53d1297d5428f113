"""The order in which an empty database is made."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader


@pytest.mark.slow
def test_the_libraries_make_their_tables_before_all_rooms_but_those_they_refer_to() -> None:
    graph = MigrationLoader(None).graph
    plan = list(dict.fromkeys(node for leaf in graph.leaf_nodes() for node in graph.forwards_plan(leaf)))
    rooms = {app.label for app in apps.get_app_configs() if app.name.startswith("socle.")}

    last_of_a_library = max(place for place, (label, _) in enumerate(plan) if label not in rooms)

    assert {label for label, _ in plan[:last_of_a_library]} & rooms == {"people", "territory"}
