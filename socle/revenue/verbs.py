"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Finances"
VERBS: dict[str, str] = {
    "ceiling.noted": "Plafond de l’activité accessoire noté",
    "ceiling.withdrawn": "Plafond de l’activité accessoire retiré",
    "receipt.noted": "Recette d’un exercice notée",
    "receipt.withdrawn": "Recette d’un exercice retirée",
}
