"""A query written once in a process and asked with other values each time: writing its SQL costs more than asking it.

It is made as any other, of the same rules: `Given` stands where each value will be. What depends on the settings is
read when it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.signals import setting_changed
from django.db import connection
from django.db.models import Aggregate, Expression, Field, JSONField, QuerySet
from django.db.models.sql.compiler import SQLCompiler


class Given(Expression):
    """A value of a prepared query, said by its name at each asking."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)


class Gathered(Aggregate):
    """All the values of a subquery, as one list."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **more)


class Prepared:
    """A query to be asked again and again; `make` returns it, by `values_list`, and is called once a process."""

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._written: tuple[SQLCompiler, str, tuple[Any, ...]] | None = None
        # In tests only, settings change.
        setting_changed.connect(self._forget, weak=False)

    def _forget(self, **_: Any) -> None:
        self._written = None

    def ask(self, **values: Any) -> Iterator[Any]:
        """Yield its rows, for these values of what was given."""
        if self._written is None:
            compiler = self._make().query.get_compiler(connection=connection)
            self._written = (compiler, *compiler.as_sql())
        compiler, sql, slots = self._written
        with connection.cursor() as cursor:
            cursor.execute(sql, [_value(slot, values) for slot in slots])
            return iter(compiler.results_iter([cursor.fetchall()]))


def _value(slot: Any, values: dict[str, Any]) -> Any:
    return slot.output_field.get_db_prep_value(values[slot.name], connection) if isinstance(slot, Given) else slot
