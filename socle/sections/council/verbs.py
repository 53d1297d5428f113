"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

FAMILY = "Sites internet"
VERBS: dict[str, str] = {
    "website.council_opened": "Page du conseil ouverte",
    "website.councillor_added": "Membre du conseil inscrit sur le site",
    "website.councillor_changed": "Membre du conseil corrigé sur le site",
    "website.councillor_moved": "Ordre du conseil corrigé sur le site",
    "website.councillor_removed": "Membre du conseil retiré du site",
}
