"""The directory of a site in a demonstration: nothing in it exists, and everything says so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.websites.directory.actions import Described, add_entry, directory_of, open_directory
from socle.websites.models.directory import Category
from socle.websites.models.sites import WebSite

NOTICE = "Un annuaire inventé pour la démonstration\u00a0: rien de ce qu’il liste n’existe."
LISTED = (
    Described(Category.ASSOCIATION, "Comité des fêtes (fictif)", "Fêtes, brocante et bal d’été.", "Salle des fêtes"),
    Described(
        Category.ASSOCIATION,
        "Étoile sportive (fictive)",
        "Football, de six à quatre-vingt-dix ans.",
        "Stade municipal",
        hours="le mercredi et le samedi après-midi",
    ),
    Described(
        Category.SHOP,
        "Boulangerie du centre (fictive)",
        "Pain, pâtisserie, dépôt de journaux.",
        "Place de l’Église",
        "03 00 00 00 01",
        hours="du mardi au dimanche, de 7\u00a0h à 13\u00a0h",
    ),
    Described(
        Category.FARM,
        "Ferme de la haie (fictive)",
        "Fromages et légumes de saison.",
        "Chemin de la Haie",
        email="ferme@exemple.invalid",
        link="https://ferme.exemple.invalid/",
        hours="le vendredi, de 16\u00a0h à 19\u00a0h",
    ),
)


@transaction.atomic
def ensure_directory(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its directory, once; say whether it was done. Raises Refused outside one."""
    refuse(why_not_make_fictions())
    if directory_of(website) is not None:
        return False
    page = open_directory(website, by=by, at=at)
    page.introduction = NOTICE
    page.save(update_fields=["introduction"])
    nurse = Described(
        Category.HEALTH,
        "Camille Fictif, infirmier libéral (n’existe pas)",
        "Soins à domicile et au cabinet.",
        "2 rue de la Mairie",
        "03 00 00 00 02",
        is_person=True,
        agreed_on=day_of(at),
    )
    for described in (*LISTED, nurse):
        add_entry(website, described, by=by, at=at)
    return True
