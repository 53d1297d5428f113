"""Migrations that a base goes through in a few seconds: tables made together, models redrawn alone or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db.migrations import RunPython
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
        # The models built so far are put aside, so that those made here join them at once and not one by one.
        built = state.__dict__.pop("apps", None)
        for one in self.made:
            one.state_forwards(app_label, state)
        if built is not None:
            state.__dict__["apps"] = built
            state.reload_models([(app_label, one.name_lower) for one in self.made])

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


class RunPythonOnRows(RunPython):
    """Code that changes the rows of a model of its application; where there are none, as in a new base, it is not run.

    Before code runs, Django draws all models anew, some tenths of a second each time here.
    """

    def __init__(self, model: str, code: Any, reverse_code: Any = RunPython.noop, **options: Any) -> None:
        super().__init__(code, reverse_code, **options)
        self.model = model

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        name = self.model.lower()
        table = from_state.models[app_label, name].options.get("db_table") or f"{app_label}_{name}"
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {schema_editor.quote_name(table)} LIMIT 1")  # noqa: S608 (a name of ours)
            has_rows = cursor.fetchone() is not None
        if has_rows:
            super().database_forwards(app_label, schema_editor, from_state, to_state)


@contextlib.contextmanager
def redrawn_alone() -> Iterator[None]:
    """Within the block, an operation redraws the model that it changes, and none of those tied to it.

    Django redraws them all, from one tie to the next: sixteen thousand for a new base, four fifths of its time. A state
    drawn so is said to be delayed, as Django's own are between two operations: it is drawn whole before code runs on
    its rows, and after the last migration. tests/operations/test_new_base.py compares what is made so with Django's
    own, and test_upgrade.py the tables of an earlier release, once upgraded, with those of a new base (decision 0051).
    """

    drawn: Any = ProjectState
    djangos = drawn._find_reload_model

    def alone(self: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        self.is_delayed = True
        return {(app_label, model_name)}

    drawn._find_reload_model = alone
    try:
        yield
    finally:
        drawn._find_reload_model = djangos


@contextlib.contextmanager
def swappable_models_found_once() -> Iterator[None]:
    """Within the block, the models that settings may swap are looked for once, as Django means to.

    It keeps the answer for each name, but for all registries together, and forgets it each time a state draws a model:
    each relation of each model redrawn asks again, which is a quarter of an upgrade. Ours are read from the models that
    are installed, which no migration changes.
    """
    ours: Any = apps
    look = type(ours).get_swappable_settings_name.__wrapped__

    @cache
    def found(to_string: str) -> str | None:
        return look(ours, to_string)  # type: ignore[no-any-return]

    ours.get_swappable_settings_name = found
    try:
        yield
    finally:
        del ours.get_swappable_settings_name
