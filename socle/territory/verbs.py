"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "territory.imported": "Millésime du territoire importé",
    "territory.loaded": "Territoire chargé",
}
