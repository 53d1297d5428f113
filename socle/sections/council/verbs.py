"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "website.council_opened": "Page du conseil ouverte",
    "website.councillor_added": "Membre du conseil inscrit sur le site",
    "website.councillor_changed": "Membre du conseil corrigé sur le site",
    "website.councillor_left": "Départ d’un membre du conseil",
    "website.councillor_moved": "Ordre du conseil corrigé sur le site",
    "website.councillor_put_back": "Membre du conseil remis sur le site",
    "website.term_begun": "Nouveau mandat du conseil sur le site",
    "website.term_cancelled": "Nouveau mandat du conseil annulé sur le site",
}
