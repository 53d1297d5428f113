"""Migration operation that makes many tables together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """Tables made together, each after those it refers to.

    Django builds all models anew between two operations, a tenth of a second each here: whoever installs the platform,
    and every process of the tests, would wait for it with each table.
    """

    reduces_to_sql = True

    def __init__(self, made: Sequence[CreateModel]) -> None:
        self.made = made

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # The models built so far are let go: they are built again when the tables are.
        state.__dict__.pop("apps", None)
        for one in self.made:
            one.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for one in self.made:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for one in reversed(self.made):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(one.describe() for one in self.made)
