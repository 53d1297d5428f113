"""The verbs that this room writes in the journal, and their French words. Those of zones are as old as the mail."""

FAMILY = "Noms de domaine"
VERBS: dict[str, str] = {
    "mail.domain_entrusted": "Zone d’un domaine confiée aux serveurs de l’opérateur",
    "mail.domain_given_back": "Zone d’un domaine rendue à son bureau d’enregistrement",
    "mail.zone_failed": "Zone d’un domaine en échec, nouvel essai prévu",
    "mail.zone_written": "Zone d’un domaine écrite",
    "name.proved": "Nom de domaine prouvé par un enregistrement TXT",
}
