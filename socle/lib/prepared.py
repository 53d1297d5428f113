"""A query written once in a process and asked with other values each time: writing its SQL costs more than asking it.

It is made as any other, of the same rules: `Given` stands where each value will be. What depends on the settings is
read when it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

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
    """A query to be asked again and again; `make` returns it, by `values_list`, and is called once a process.

    PostgreSQL keeps it by this name, with its plan, as long as a connection lasts.
    """

    def __init__(self, name: str, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._name, self._make, self._made = name, make, 0
        self._written: tuple[SQLCompiler, str, list[Any]] | None = None
        self._known: WeakSet[Any] = WeakSet()
        # In tests only, settings change.
        setting_changed.connect(self._forget, weak=False)

    def _forget(self, **_: Any) -> None:
        self._written = None

    def _write(self) -> tuple[SQLCompiler, str, list[Any]]:
        compiler = self._make().query.get_compiler(connection=connection)
        sql, slots = compiler.as_sql()
        self._made, self._known = self._made + 1, WeakSet()
        return compiler, sql, list(slots)

    def ask(self, **values: Any) -> Iterator[Any]:
        """Yield its rows, for these values of what was given."""
        compiler, sql, slots = self._written = self._written or self._write()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                sql, slots = self._by_name(cursor, sql, slots)
            cursor.execute(sql, [_value(slot, values) for slot in slots])
            return iter(compiler.results_iter([cursor.fetchall()]))

    def _by_name(self, cursor: Any, sql: str, slots: list[Any]) -> tuple[str, list[Any]]:
        given = list({slot.name: slot for slot in slots if isinstance(slot, Given)}.values())
        name, ranks = f"{self._name}_{self._made}", {one.name: f"${rank}" for rank, one in enumerate(given, start=1)}
        if connection.connection not in self._known:
            said = [ranks[one.name] if isinstance(one, Given) else cursor.mogrify("%s", [one]) for one in slots]
            cursor.execute(f"PREPARE {name} AS {sql % tuple(said)}")
            self._known.add(connection.connection)
        return f"EXECUTE {name} ({', '.join(['%s'] * len(given))})", given


def _value(slot: Any, values: dict[str, Any]) -> Any:
    return slot.output_field.get_db_prep_value(values[slot.name], connection) if isinstance(slot, Given) else slot
