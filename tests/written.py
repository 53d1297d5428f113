"""What changed of a row since it was read and is not among the fields that are saved fails, in every test.

A field forgotten in `update_fields` is then seen by whatever passes there, and not by those alone that read it again.
"""

from __future__ import annotations

import copy
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_init, post_save
from wagtail.models import Page

# Most values, which nothing changes in their place: thousands of rows are read in a test.
PLAIN = {str, int, bool, type(None), date, datetime}


@cache
def _columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


def _note(row: Model) -> dict[str, Any]:
    """Keep the values of this row as those of the database, and return them."""
    here = vars(row)
    here["_noted"] = noted = {name: here[name] for name in _columns(type(row)) if name in here}
    for name, value in noted.items():
        if type(value) not in PLAIN:
            noted[name] = copy.copy(value)
    return noted


@cache
def _is_watched(model: type[Model]) -> bool:
    """Ours; Wagtail composes a page from its last version, of which each save writes a part."""
    return model.__module__.startswith("socle.") and not issubclass(model, Page)


def _made(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    if _is_watched(sender):
        _note(instance)


def _saved(sender: type[Model], instance: Model, update_fields: frozenset[str] | None, **kwargs: Any) -> None:
    if _is_watched(sender):
        before, now = vars(instance)["_noted"], _note(instance)
        written = now if update_fields is None else {sender._meta.get_field(name).attname for name in update_fields}
        left = {name for name in before if before[name] != now[name]}.difference(written)
        assert not left, f"{sender.__name__}: changed and not written: {sorted(left)}"


def watch() -> None:
    """Begin, in this process."""
    refresh = Model.refresh_from_db

    def refresh_from_db(self: Model, *args: Any, **kwargs: Any) -> None:
        refresh(self, *args, **kwargs)
        if _is_watched(type(self)):
            _note(self)

    Model.refresh_from_db = refresh_from_db  # type: ignore[method-assign]
    post_init.connect(_made)
    post_save.connect(_saved)
