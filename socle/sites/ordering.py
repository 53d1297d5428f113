"""The order in which a mairie puts what it lists: one thing before, or after, its neighbour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models


def move_among(rows: models.QuerySet[Any] | Iterable[Any], row: models.Model, *, up: bool) -> bool:
    """Put a row before, or after, its neighbour among these, in their `position`; say whether anything moved."""
    kept = list(rows)
    here = next((rank for rank, one in enumerate(kept) if one.pk == row.pk), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(kept):
        return False
    kept[here], kept[there] = kept[there], kept[here]
    for rank, one in enumerate(kept, start=1):
        one.position = rank
    type(row)._default_manager.bulk_update(kept, ["position"])
    return True
