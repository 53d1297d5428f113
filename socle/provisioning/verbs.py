"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Installations"
VERBS: dict[str, str] = {
    "handover.asked": "Archive de toutes les données demandée",
    "handover.failed": "Archive de toutes les données retardée",
    "handover.ready": "Archive de toutes les données prête",
    "handover.removed": "Archive de toutes les données retirée",
    "handover.taken": "Archive de toutes les données emportée",
    "installation.failed": "Mise en service en échec, nouvel essai prévu",
    "installation.live": "Service mis en service",
    "installation.resumption_wanted": "Reprise d’un service demandée",
    "installation.retry_asked": "Nouvel essai de mise en service demandé",
    "installation.step": "Étape de mise en service faite",
    "installation.suspended": "Service suspendu",
    "installation.suspension_wanted": "Suspension d’un service demandée",
    "installation.waiting": "Service sans moteur, remis à mettre en service",
    "right.closed": "Droit à un service fermé",
    "right.moved": "Droit à un service passé à la commune héritière",
    "right.opened": "Droit à un service ouvert",
    "right.reopened": "Droit à un service rouvert",
    "right.resumed_by_hand": "Service rétabli à la main, convention rétablie",
    "right.stopped_by_hand": "Service arrêté à la main, convention suspendue",
}
