"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Actes"
VERBS: dict[str, str] = {
    "act.approval_withdrawn": "Approbation notée par erreur retirée",
    "act.approved": "Approbation par un acte notée",
    "act.articles_recorded": "Articles d’un acte enregistrés",
    "act.described": "Matière et auteur d’un acte dits",
    "act.document_attached": "Texte d’un acte déposé",
    "act.held_back": "Acte retenu pour ses données personnelles",
    "act.mode_chosen": "Mode de publication choisi par un acte",
    "act.notified": "Notification d’un acte notée",
    "act.online_asked": "Mise en ligne d’un acte demandée",
    "act.published": "Publication d’un acte certifiée",
    "act.put_online": "Acte mis en ligne",
    "act.qualified": "Nature d’un acte dite",
    "act.received": "Réception d’un acte en préfecture notée",
    "act.recorded": "Acte enregistré",
    "act.removed": "Acte enregistré par erreur retiré",
    "act.shown_again": "Acte de nouveau montré au public",
}
