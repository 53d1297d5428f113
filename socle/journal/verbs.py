"""The journal's verbs in French, as every door writes them. A test finds each verb of the code here."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "act.document_attached": "Texte d’un acte déposé",
    "act.published": "Publication d’un acte certifiée",
    "act.received": "Réception d’un acte en préfecture notée",
    "act.recorded": "Acte enregistré",
    "act.removed": "Acte enregistré par erreur retiré",
    "agreement.cancelled": "Convention abandonnée",
    "agreement.drafted": "Projet de convention rédigé",
    "agreement.outcome_told": "Conclusion de la convention annoncée à la mairie",
    "agreement.party_completed": "Partie de la convention complétée",
    "agreement.party_signed": "Convention signée par une partie",
    "agreement.ready": "Convention envoyée à la signature",
    "agreement.reopened": "Convention redevenue un projet",
    "agreement.services_chosen": "Services de la convention choisis",
    "agreement.signatory_told": "Signataire suivant averti par courriel",
    "agreement.signed": "Convention conclue",
    "beneficiary.registered": "Organisme inscrit au programme",
    "beneficiary.siret_confirmed": "SIRET confirmé",
    "document.kept": "Document conservé",
    "installation.failed": "Mise en service en échec, nouvel essai prévu",
    "installation.live": "Service mis en service",
    "installation.resumption_wanted": "Reprise d’un service demandée",
    "installation.retry_asked": "Nouvel essai de mise en service demandé",
    "installation.step": "Étape de mise en service faite",
    "installation.suspended": "Service suspendu",
    "installation.suspension_wanted": "Suspension d’un service demandée",
    "page.deleted": "Page du site supprimée",
    "page.published": "Page du site publiée",
    "page.unpublished": "Page du site retirée",
    "person.enrolled": "Compte ouvert",
    "person.invited": "Invitation envoyée",
    "programme.loaded": "Programme chargé",
    "right.opened": "Droit à un service ouvert",
    "role.ended": "Fonction terminée",
    "role.given": "Fonction confiée",
    "round.closed": "Parapheur clos, toutes les places sont signées",
    "round.opened": "Parapheur ouvert",
    "slot.signed": "Place de signature remplie",
    "territory.loaded": "Territoire chargé",
    "text.published": "Texte publié",
    "website.colour_chosen": "Couleur du site choisie",
    "website.created": "Site internet créé",
    "website.facts_corrected": "Coordonnées du site corrigées",
    "website.hours_corrected": "Horaires d’ouverture corrigés",
    "website.resumed": "Site internet remis en ligne",
    "website.suspended": "Site internet suspendu",
}


def label_of(verb: str) -> str:
    """Return the verb in French; one that an older release wrote and this one no longer knows is shown as it is."""
    return VERBS.get(verb, verb)
