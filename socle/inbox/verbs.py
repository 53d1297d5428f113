"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

FAMILY = "Messages des habitants"
VERBS: dict[str, str] = {
    "message.answered": "Réponse écrite au message d’un habitant",
    "message.assigned": "Message d’un habitant confié",
    "message.called_spam": "Message d’un habitant dit indésirable",
    "message.closed": "Message d’un habitant classé",
    "message.received": "Message d’un habitant reçu",
    "message.reopened": "Message d’un habitant repris",
}
