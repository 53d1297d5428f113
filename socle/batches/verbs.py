"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Lots"
VERBS: dict[str, str] = {
    "batch.cancelled": "Lot arrêté",
    "batch.finished": "Lot terminé",
    "batch.handed_over": "Lot passé à une autre personne",
    "batch.paused": "Lot mis en pause",
    "batch.resumed": "Lot repris",
    "batch.retried": "Lignes d’un lot reprises",
    "batch.started": "Lot lancé",
}
