"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Journal et conservation"
VERBS: dict[str, str] = {
    "retention.applied": "Règle de conservation appliquée",
}
