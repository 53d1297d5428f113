"""Fictitious collections of waste, for the sites of a demonstration."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sections.waste import actions
from socle.sections.waste.models import Rhythm, Waste, WastePage, WasteRound, WasteRow
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_section
from socle.sites.registry import sections

AMENITY = "<p>Route de la démonstration, du mardi au samedi, de 9\u00a0h à 12\u00a0h.</p>"


@transaction.atomic
def ensure_waste(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site rounds, once; say whether it was done. Raises Refused outside a demonstration.

    The public holidays are left for whoever looks to say.
    """
    refuse(why_not_make_fictions())
    if WastePage.objects.child_of(website.root_page).exists():
        return False
    page = open_section(website, sections()["dechets"], by=by, at=at)
    page.introduction = "Tournées fictives, pour la démonstration\u00a0: les vraies sont dites par qui collecte."
    page.body = [("title", {"text": "Déchèterie (fictive)"}), ("text", AMENITY)]
    page.save_revision(user=by).publish()
    rows: list[WasteRow] = [
        WasteRound(website=website, kind=Waste.HOUSEHOLD, day=2, advice="À sortir la veille au soir."),
        WasteRound(website=website, kind=Waste.PACKAGING, day=5, rhythm=Rhythm.EVEN),
        WasteRound(website=website, kind=Waste.GLASS, day=1, rhythm=Rhythm.FIRST),
    ]
    for row in rows:
        actions.add(row, by=by, at=at)
    return True
