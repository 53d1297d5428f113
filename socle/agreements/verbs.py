"""The verbs that this room writes in the journal, and their French words."""

VERBS: dict[str, str] = {
    "agreement.act_linked": "Acte du comité qui approuve la convention rattaché",
    "agreement.cancelled": "Convention abandonnée",
    "agreement.carried": "Convention transférée par avenant",
    "agreement.drafted": "Projet de convention rédigé",
    "agreement.entrusted": "Convention en préparation confiée",
    "agreement.outcome_told": "Conclusion de la convention annoncée à la mairie",
    "agreement.party_completed": "Partie de la convention complétée",
    "agreement.party_signed": "Convention signée par une partie",
    "agreement.priority_changed": "Priorité de la commune changée depuis la convention",
    "agreement.priority_seen": "Changement de priorité vu",
    "agreement.ready": "Convention envoyée à la signature",
    "agreement.reopened": "Convention redevenue un projet",
    "agreement.services_chosen": "Services de la convention choisis",
    "agreement.signatory_changed": "Signataire remplacé, après un départ",
    "agreement.signatory_reminded": "Signataire relancé par courriel",
    "agreement.signatory_told": "Signataire suivant averti par courriel",
    "agreement.signed": "Convention conclue",
    "agreement.succession_taken_back": "Successeur de la convention repris",
    "agreement.successor_noted": "Successeur noté sur la convention",
}
