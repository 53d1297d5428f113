"""The listing of a site in a demonstration: nothing in it exists, and everything says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sections.listing.actions import keep_entry, listing_of, open_listing
from socle.sections.listing.models import Kind, ListingEntry
from socle.sites.models.sites import WebSite

NOTICE = "Un annuaire inventé pour la démonstration\u00a0: rien de ce qu’il liste n’existe, ni ne se réserve."
# The kind, the name, what is done there, the place, the hours.
LISTED = (
    (Kind.ASSOCIATION, "Comité des fêtes (fictif)", "Fêtes, brocante et bal d’été.", "Salle des fêtes", ""),
    (
        Kind.ASSOCIATION,
        "Étoile sportive (fictive)",
        "Football, de six à quatre-vingt-dix ans.",
        "Stade municipal",
        "le mercredi et le samedi après-midi",
    ),
    (
        Kind.SHOP,
        "Boulangerie du centre (fictive)",
        "Pain, pâtisserie, dépôt de journaux.",
        "Place de l’Église",
        "du mardi au dimanche, de 7\u00a0h à 13\u00a0h",
    ),
    (
        Kind.VENUE,
        "Salle des fêtes (fictive)",
        "80 personnes, une rampe à l’entrée. 120\u00a0€ la journée pour qui habite la commune, 200\u00a0€ sinon. "
        "Réservation à la mairie, deux mois avant.",
        "Place de l’Église",
        "",
    ),
    (
        Kind.VENUE,
        "Terrain de football (fictif)",
        "Terrain de sport.",
        "Chemin du Stade",
        "tous les jours, de 8\u00a0h à 22\u00a0h",
    ),
)
FARM: dict[str, Any] = {
    "kind": Kind.FARM,
    "name": "Ferme de la haie (fictive)",
    "activity": "Fromages et légumes de saison.",
    "place": "Chemin de la Haie",
    "email": "ferme@exemple.invalid",
    "link": "https://ferme.exemple.invalid/",
}
SCHOOL: dict[str, Any] = {
    "kind": Kind.SCHOOL,
    "name": "École (fictive)",
    "activity": "Deux classes, de la petite section au CM2.",
    "place": "Place de la mairie",
    "hours": "lundi, mardi, jeudi et vendredi, de 9\u00a0h à 12\u00a0h et de 13\u00a0h\u00a030 à 16\u00a0h\u00a030",
    "email": "ecole@exemple.invalid",
    "phone": "03 99 00 00 03",
}
NURSE: dict[str, Any] = {
    "kind": Kind.HEALTH,
    "name": "Camille Fictif, infirmier libéral (n’existe pas)",
    "activity": "Soins à domicile et au cabinet.",
    "place": "2 rue de la Mairie",
    "phone": "03 00 00 00 02",
    "is_person": True,
}


@transaction.atomic
def ensure_listing(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its listing, once; say whether it was done. Raises Refused outside one."""
    refuse(why_not_make_fictions())
    if listing_of(website) is not None:
        return False
    page = open_listing(website, by=by, at=at)
    page.introduction = NOTICE
    page.save(update_fields=["introduction"])
    described: list[dict[str, Any]] = [
        dict(zip(("kind", "name", "activity", "place", "hours"), line, strict=True)) for line in LISTED
    ]
    for one in (*described, FARM, SCHOOL, NURSE | {"agreed_on": day_of(at)}):
        keep_entry(ListingEntry(website=website, **one), by=by, at=at)
    return True
