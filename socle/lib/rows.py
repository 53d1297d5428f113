"""Holding a row, and writing it, without writing over what others wrote of it meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


def held(row: M, *joined: str) -> M:
    """Return a row as it is now, held until the transaction ends: two clicks at once are two turns.

    It is held alone, then read with what is `joined` to it: PostgreSQL checks a join again after the wait.
    """
    manager = type(row)._default_manager
    found: M = manager.select_for_update().get(pk=row.pk)
    return manager.select_related(*joined).get(pk=row.pk) if joined else found


def write(row: models.Model, fields: Iterable[str]) -> None:
    """Insert a row that was just made; of one that was read, write these fields and no other."""
    if row._state.adding:
        row.save(force_insert=True)
    else:
        row.save(update_fields=[*fields])
