"""The folder of a mairie in a demonstration: a few fictitious files, and one that was written over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_scopes import scope

from socle.files import queries
from socle.files.actions.entries import keep_file
from socle.files.actions.spaces import open_space
from socle.files.contents import Incoming
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User
from socle.people.personas import why_not_make_fictions

HEAVIEST = 10_000
# The first folder, the name, the words, and how many days ago. The same name twice: the first becomes a version.
FILES = (
    ("Secrétariat", "Modèle de courrier (fictif).txt", "Madame, Monsieur,\n\nCourrier fictif de démonstration.\n", 40),
    ("Secrétariat", "Registre des clés (fictif).csv", "Clé;Qui\nSalle des fêtes;mairie\nAtelier;agent\n", 25),
    ("Conseil municipal", "Ordre du jour (fictif).txt", "1. Approbation du compte rendu\n2. Travaux\n", 12),
    ("Conseil municipal", "Ordre du jour (fictif).txt", "1. Approbation du compte rendu\n2. Travaux\n3. École\n", 9),
    ("À partager", "Plan de la fête communale (fictif).txt", "Place de l’Église, dès 14 h. Tout est fictif.\n", 3),
)


def ensure_folder(beneficiary: Beneficiary, *, by: User, at: datetime) -> bool:
    """Give a mairie of a demonstration its folder and a few files, once; say whether they were made.

    Raises `Refused` elsewhere.
    """
    refuse(why_not_make_fictions())
    space = open_space(beneficiary, by=by, at=at)
    with scope(beneficiary=beneficiary):
        if space.used_bytes or space.suspended_at is not None:
            return False
        for folder, name, words, days in FILES:
            place = queries.find(space, (folder,))
            if place is None:  # Somebody renamed it.
                continue
            incoming = Incoming(HEAVIEST)
            incoming.write(words.encode())
            keep_file(place, name, incoming, by=by, at=at - timedelta(days=days))
    return True
