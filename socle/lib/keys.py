"""Many keys in a query, without a parameter for each."""

from __future__ import annotations

from functools import cached_property

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Value
from django.db.models.sql.compiler import SQLCompiler


class Keys(tuple[int, ...]):
    """Keys of rows that `__in` writes in the query as they are: numbers have nothing to quote.

    A list would be as many parameters, each checked, converted and quoted again by every query asked within a scope.
    """

    def resolve_expression(self, *args: object, **kwargs: object) -> Value:
        """Return what stands for them in a query."""
        return _Written(self._written)

    @cached_property
    def _written(self) -> str:
        # Once, and not for each query within the scope.
        return ", ".join(f"{key:d}" for key in self)


class _Written(Value):
    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        if not self.value:
            raise EmptyResultSet  # As an empty list does: nothing is asked.
        return f"({self.value})", ()
