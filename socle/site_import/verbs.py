"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

FAMILY = "Sites internet"
# The journal is written once: « import_brought » is the word of its first lines.
VERBS: dict[str, str] = {
    "website.import_brought": "Contenus choisis dans l’ancien site, apport commencé",
    "website.import_done": "Contenus de l’ancien site apportés comme brouillons",
    "website.import_failed": "Ancien site illisible",
    "website.import_resumed": "Lecture de l’ancien site reprise",
    "website.import_seen": "Ancien site lu",
    "website.import_started": "Lecture de l’ancien site commencée",
    "website.import_stopped": "Import de l’ancien site arrêté",
    "website.import_taken_back": "Brouillons venus de l’ancien site retirés",
    "website.import_taking_back": "Retrait des brouillons venus de l’ancien site commencé",
}
