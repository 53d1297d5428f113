"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Territoire et fusions"
VERBS: dict[str, str] = {
    "merger.applied": "Plan de fusion appliqué",
    "merger.choice_made": "Ligne d’un plan de fusion changée",
    "merger.drafted": "Plan de fusion rédigé",
    "merger.effect_chosen": "Jour d’effet d’une fusion changé",
    "merger.entrusted": "Plan de fusion confié",
    "merger.task_ticked": "Tâche d’une fusion cochée ou décochée",
    "merger.undone": "Plan de fusion défait",
    "vintage.asked": "Import d’un millésime confirmé",
    "vintage.brought": "Millésime apporté, à relire",
    "vintage.dropped": "Import d’un millésime abandonné",
}
