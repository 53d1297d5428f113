"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Territoire et fusions"
VERBS: dict[str, str] = {
    "territory.imported": "Millésime du territoire importé",
    "territory.loaded": "Territoire chargé",
}
