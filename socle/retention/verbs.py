"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "retention.applied": "Règle de conservation appliquée",
}
