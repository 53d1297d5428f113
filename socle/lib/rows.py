"""Writing a row without writing over what others wrote of it meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models


def write(row: models.Model, fields: Iterable[str]) -> None:
    """Insert a row that was just made; of one that was read, write these fields and no other."""
    if row._state.adding:
        row.save(force_insert=True)
    else:
        row.save(update_fields=[*fields])
