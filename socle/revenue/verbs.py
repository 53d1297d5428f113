"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Finances"
VERBS: dict[str, str] = {
    "ceiling.noted": "Plafond de l’activité accessoire noté",
    "ceiling.withdrawn": "Plafond de l’activité accessoire retiré",
    "contributions.debtor_noted": "Exigences du débiteur notées",
    "contributions.exported": "Contributions exportées pour le logiciel de finances",
    "contributions.read_back": "Titres relus",
    "contributions.settings_noted": "Réglages des appels notés",
    "cost.noted": "Fiche de coût notée",
    "cost.withdrawn": "Fiche de coût retirée",
    "receipt.noted": "Recette d’un exercice notée",
    "receipt.withdrawn": "Recette d’un exercice retirée",
    "reckoning.noted": "Décompte annuel noté",
    "reckoning.withdrawn": "Décompte annuel retiré",
}
