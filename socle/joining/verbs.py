"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Demandes d’adhésion"
VERBS: dict[str, str] = {
    "join.asked": "Demande d’adhésion reçue",
    "join.assigned": "Demande d’adhésion confiée",
    "join.confirmed": "Demande d’adhésion confirmée",
    "join.drafted": "Demande d’adhésion suivie d’un projet de convention",
    "join.let_go": "Demande d’adhésion sans nouvelles retirée par la règle",
    "join.link_asked": "Nouveau lien de suivi d’une demande envoyé",
    "join.maintained": "Demande d’adhésion maintenue",
    "join.objected": "Opposition de la mairie à une demande d’adhésion",
    "join.planned": "Demande d’adhésion planifiée",
    "join.qualified": "Demande d’adhésion étudiée",
    "join.refused": "Demande d’adhésion refusée",
    "join.reopened": "Demande d’adhésion rouverte",
    "join.reminded": "Demande d’adhésion sans nouvelles relancée",
    "join.unplanned": "Demande d’adhésion retirée du calendrier",
    "join.verified": "Identité d’une demande d’adhésion vérifiée",
    "join.withdrawn": "Demande d’adhésion retirée",
}
