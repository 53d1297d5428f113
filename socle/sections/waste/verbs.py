"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

FAMILY = "Sites internet"
VERBS: dict[str, str] = {
    "website.waste_added": "Collecte des déchets complétée",
    "website.waste_changed": "Collecte des déchets\u00a0: ligne corrigée",
    "website.waste_removed": "Collecte des déchets\u00a0: ligne retirée",
}
