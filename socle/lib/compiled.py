"""Queries written in SQL once in each process, and asked many times with other values.

Django writes the SQL of a query each time it asks it, and PostgreSQL plans it each time: of a question that joins ten
tables, that is nearly all of its cost. A query that every request of a drive or of a calendar asks is built once, its
values left open (`Given`); PostgreSQL keeps its plan, prepared once for each connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, InterfaceError, NotSupportedError, OperationalError, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import ModelIterable

M = TypeVar("M", bound=Model)


class Given(Expression):
    """A value that is given each time the query is asked, under this name."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]


class Compiled(Generic[M]):
    """A query on rows of a model, with what it joins and annotates; `build` makes it, with its `Given`."""

    # Of each connection to PostgreSQL, what was prepared there.
    _prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
    _count = 0

    def __init__(self, build: Callable[[], QuerySet[M, Any]]) -> None:
        self._build = build
        self._written: tuple[Any, str, list[Any], list[str]] | None = None
        Compiled._count += 1
        self._name = f"socle_{Compiled._count}"

    def ask(self, **given: object) -> list[M]:
        """Return the rows for these values: one query, and one more the first time on a connection to PostgreSQL."""
        compiler, rows = self._answer(given)
        return list(_instances(compiler, rows))

    def values(self, **given: object) -> list[tuple[Any, ...]]:
        """The same of a query that was built with `values_list`."""
        compiler, rows = self._answer(given)
        return [tuple(row) for row in compiler.results_iter([rows])]

    def _answer(self, given: Mapping[str, object]) -> tuple[Any, list[Any]]:
        connection: Any = connections[DEFAULT_DB_ALIAS]
        if not connection.in_atomic_block and connection.health_check_enabled and not connection.health_check_done:
            # Asked again on another connection when this one has died, or its plan with a column: it tells as much as
            # the question about nothing that Django would ask first.
            connection.health_check_done = True
            try:
                return self._answer(given)
            except (OperationalError, InterfaceError, NotSupportedError):
                connection.close()
        if self._written is None:
            compiler = self._build().query.get_compiler(using=DEFAULT_DB_ALIAS)
            sql, places = compiler.as_sql()
            names = list(dict.fromkeys(one.name for one in places if isinstance(one, Given)))
            converters = compiler.get_converters([column[0] for column in compiler.select])
            compiler.results_iter = lambda pages: _converted(compiler, pages[0], converters)
            self._written = compiler, sql, list(places), names
        compiler, sql, places, names = self._written
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                self._prepare(cursor, sql, places, names)
                marks = ", ".join(["%s"] * len(names))
                cursor.execute(f"EXECUTE {self._name}({marks})", [given[name] for name in names])
            else:
                values = [given[one.name] if isinstance(one, Given) else one for one in places]
                cursor.execute(sql, [_adapted(connection, value) for value in values])
            return compiler, cursor.fetchall()

    def _prepare(self, cursor: Any, sql: str, places: list[Any], names: list[str]) -> None:
        known = self._prepared.setdefault(cursor.db.connection, set())
        if self._name in known:
            return
        marks = iter(f"${names.index(one.name) + 1}" if isinstance(one, Given) else "%s" for one in places)
        first, *pieces = sql.split("%s")
        numbered = first + "".join(next(marks) + piece for piece in pieces)
        literals = [one for one in places if not isinstance(one, Given)]
        # Under Django's count of queries: it is no part of what a request costs.
        with cursor.db.wrap_database_errors:
            cursor.cursor.execute(f"PREPARE {self._name} AS {numbered}", literals)
        known.add(self._name)


def insert(row: M) -> M:
    """Insert a row that was just made, as `save(force_insert=True)` does, by SQL that is written once for its model.

    For models whose fields compute nothing by themselves when they are saved, and whose saving nobody listens to.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields, key = _insertion(type(row), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])
        setattr(row, key, cursor.fetchone()[0])
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


@cache
def _insertion(model: type[Model], vendor: str) -> tuple[str, list[Any], str]:
    quoted: Any = connections[DEFAULT_DB_ALIAS].ops.quote_name
    meta: Any = model._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    columns, marks = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    returned = f"RETURNING {quoted(meta.pk.column)}"
    sql = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({marks}) {returned}"  # noqa: S608 (names of ours)
    return sql, fields, meta.pk.attname


def _adapted(connection: Any, value: Any) -> Any:
    """A value as its database takes it: SQLite knows no date."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _converted(compiler: Any, rows: list[Any], converters: Any) -> Any:
    """Convert the columns of an answer as Django does; what there is to do is looked for once."""
    return compiler.apply_converters(rows, converters) if converters else rows


def _instances(compiler: Any, rows: list[Any]) -> Iterator[Any]:
    """The rows as Django makes instances of them, with what they join, by its own iterator: it is handed the answer."""
    answered = SimpleNamespace(
        execute_sql=lambda **asked: [rows],
        results_iter=compiler.results_iter,
        select=compiler.select,
        klass_info=compiler.klass_info,
        annotation_col_map=compiler.annotation_col_map,
    )
    query = SimpleNamespace(get_compiler=lambda using: answered)
    asked: Any = SimpleNamespace(query=query, db=DEFAULT_DB_ALIAS, _known_related_objects={})
    return iter(ModelIterable(asked))
