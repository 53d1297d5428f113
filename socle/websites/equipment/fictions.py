"""The equipment of a site in a demonstration: invented places, which say so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.websites.equipment.actions import equipment_page_of, keep, open_equipment
from socle.websites.models.equipment import Theme
from socle.websites.models.sites import WebSite

NOTICE = "Des équipements inventés pour la démonstration\u00a0: aucun ne se réserve."


@transaction.atomic
def ensure_equipment(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its equipment, once; say whether it was done. Raises Refused outside one."""
    refuse(why_not_make_fictions())
    if equipment_page_of(website) is not None:
        return False
    page = open_equipment(website, by=by, at=at)
    page.introduction = NOTICE
    page.save(update_fields=["introduction"])
    facts = website.facts
    place: dict[str, Any] = {
        "postal_code": facts.postal_code or "59000",
        "city": facts.city or (website.beneficiary.commune.name if website.beneficiary.commune else "Ville fictive"),
        "latitude": facts.latitude,
        "longitude": facts.longitude,
    }
    described = (
        {
            "name": "Mairie (fiche fictive)",
            "theme": Theme.ADMINISTRATIVE,
            "kind": "mairie",
            # The one code that the schema itself gives as its example.
            "code": "01010401",
            "street": facts.address.partition(",")[0] or "Place de la Mairie",
            "accessibility": "Rampe à l’entrée, guichet abaissé (fictif).",
        },
        {
            "name": "Salle des fêtes (fictive)",
            "theme": Theme.SOCIAL,
            "kind": "salle polyvalente",
            "street": "Rue de l’Église",
            "capacity": 120,
            "price": "120\u00a0€ la journée pour qui habite la commune, 200\u00a0€ sinon.",
            "booking": "À la mairie, deux mois avant\u00a0; caution et attestation d’assurance.",
        },
        {
            "name": "Terrain de football (fictif)",
            "theme": Theme.SPORT,
            "kind": "terrain de sport",
            "street": "Chemin du Stade",
            "hours": "tous les jours, de 8\u00a0h à 22\u00a0h",
        },
    )
    for written in described:
        keep(website, {**place, **written}, by=by, at=at)
    return True
