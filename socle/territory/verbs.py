"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Territoire et fusions"
VERBS: dict[str, str] = {
    "territory.imported": "Millésime du territoire importé",
    "territory.loaded": "Territoire chargé",
    "territory.stations_loaded": "Liste des mairies équipées pour les titres d’identité chargée",
}
