"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

FAMILY = "Contenus partagés"
VERBS: dict[str, str] = {
    "share.corrected": "Contenu partagé corrigé",
    "share.offered": "Contenu partagé proposé aux sites",
    "share.put_back": "Contenu partagé rétabli",
    "share.withdrawn": "Contenu partagé retiré de tous les sites",
    "website.share_accepted": "Contenu partagé accepté sur le site",
    "website.share_refused": "Contenu partagé refusé",
    "website.sharing_chosen": "Choix fait d’avance sur les contenus partagés",
}
