"""A `get` whose conditions may hold for several rows fails, in every test: it finds one for want of others.

A test has one row of most tables. Elsewhere, such a question finds too many, or holds what it had not to.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Model, QuerySet, UniqueConstraint
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND, WhereNode

OURS, MANAGER = str(Path(__file__).parents[1] / "socle"), "django/db/models/manager.py"


@cache
def _telling(model: Any) -> list[tuple[set[str], set[str]]]:
    """The columns that tell a row of this model from all others, once those of the second set are looked at."""
    meta = model._meta

    def columns(names: Iterable[str]) -> set[str]:
        return {meta.get_field(name).attname for name in names}

    constraints = [one for one in meta.constraints if isinstance(one, UniqueConstraint) and one.fields]
    return [
        *(({field.attname}, set[str]()) for field in meta.concrete_fields if field.unique),
        *((columns(names), set[str]()) for names in meta.unique_together),
        *((columns(one.fields), columns(getattr(one.condition, "referenced_base_fields", ()))) for one in constraints),
    ]


def _looked_at(where: Any, model: type[Model]) -> tuple[set[str], set[str]]:
    """The columns that these conditions give a value to, and all those they look at; a row joined tells one too."""
    given: set[str] = set()
    seen: set[str] = set()
    if where.connector == AND and not where.negated:
        for one in where.children:
            if isinstance(one, WhereNode):
                inner = _looked_at(one, model)
                given, seen = given | inner[0], seen | inner[1]
            elif isinstance(getattr(one, "lhs", None), Col):
                column = one.lhs.target.attname if one.lhs.target.model is model else model._meta.pk.attname
                seen.add(column)
                if isinstance(one, Exact):
                    given.add(column)
    return given, seen


def _is_asked_by_us() -> bool:
    frame = sys._getframe(2)
    if frame.f_code.co_filename.endswith(MANAGER) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(OURS)


def watch() -> None:
    """Begin, in this process."""
    get = QuerySet.get

    def get_one(self: QuerySet[Any], *args: Any, **kwargs: Any) -> Any:
        if "pk" not in kwargs and self.model.__module__.startswith("socle.") and _is_asked_by_us():
            model: Any = self.model
            found = self.filter(*args, **kwargs)
            given, seen = _looked_at(found.query.where, model)
            assert any(columns <= given and others <= seen for columns, others in _telling(model)), (
                f"{model.__name__}: several rows may have the same {sorted(given)}"
            )
            return get(found)
        return get(self, *args, **kwargs)

    QuerySet.get = get_one  # type: ignore[method-assign]
