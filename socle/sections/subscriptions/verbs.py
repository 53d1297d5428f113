"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

FAMILY = "Sites internet"
VERBS: dict[str, str] = {
    "website.subscription_confirmed": "Abonnement aux alertes d’un site confirmé",
    "website.subscription_ended": "Abonnement aux alertes d’un site effacé",
}
