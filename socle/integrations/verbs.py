"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Logiciels reliés"
VERBS: dict[str, str] = {
    "token.created": "Jeton d’accès créé",
    "token.revoked": "Jeton d’accès révoqué",
    "token.taken_over": "Jeton d’accès repris par une autre personne",
    "token.wrote": "Écriture faite par un jeton d’accès",
    "webhook.changed": "Webhook modifié",
    "webhook.created": "Webhook créé",
    "webhook.gave_up": "Envoi d’un webhook abandonné",
    "webhook.paused": "Webhook mis en pause",
    "webhook.removed": "Webhook retiré",
    "webhook.resumed": "Webhook remis en service",
    "webhook.secret_renewed": "Secret d’un webhook renouvelé",
    "webhook.sent_again": "Envoi d’un webhook refait",
    "webhook.stopped": "Webhook arrêté",
    "webhook.taken_over": "Webhook repris par une autre personne",
    "webhook.tried": "Essai d’un webhook demandé",
}
