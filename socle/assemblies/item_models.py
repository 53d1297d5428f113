"""Models of the items that come back: their subject, matter, grounds and articles, to be adapted."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from socle.assemblies.actions import Proposed
from socle.assemblies.models import Item
from socle.documents.tree import typography

MODELS = Path(__file__).with_name("item_models.toml")


@cache
def models() -> tuple[Proposed, ...]:
    """Every model, in the order of the file."""
    rows = tomllib.loads(MODELS.read_text(encoding="utf-8"))["item"]
    return tuple(
        Proposed(
            subject=typography(row["subject"]),
            kind=row.get("kind", Item.Kind.DELIBERATION),
            matter=row["matter"],
            grounds=typography(row.get("grounds", "")),
            decision=typography(row.get("decision", "").strip()),
        )
        for row in rows
    )
