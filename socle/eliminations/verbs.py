"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Éliminations d’archives"
VERBS: dict[str, str] = {
    "elimination.agreement_ended": "Accord permanent avec les archives terminé",
    "elimination.agreement_noted": "Accord permanent avec les archives noté",
    "elimination.erased": "Archives éliminées selon leur bordereau",
    "elimination.prepared": "Bordereau d’élimination préparé",
    "elimination.visa_noted": "Visa des archives noté",
    "elimination.withdrawn": "Bordereau d’élimination abandonné",
}
