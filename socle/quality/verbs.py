"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Sites internet"
VERBS: dict[str, str] = {
    "accessibility.audit_declared": "Résultat d’un audit d’accessibilité déclaré",
    "accessibility.audit_withdrawn": "Résultat d’un audit d’accessibilité retiré",
    "accessibility.plan_kept": "Schéma pluriannuel d’accessibilité enregistré",
}
