"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Programme"
VERBS: dict[str, str] = {
    "assessment.kept": "Rangs des communes établis",
    "programme.delegation_noted": "Délégation de signature notée",
    "programme.delegation_withdrawn": "Délégation de signature retirée",
    "programme.loaded": "Programme chargé",
    "programme.text_chosen": "Modèle des prochaines conventions choisi",
}
