"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "assessment.kept": "Rangs des communes établis",
    "programme.loaded": "Programme chargé",
}
