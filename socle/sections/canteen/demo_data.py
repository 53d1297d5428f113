"""Fictitious menus, for the sites of a demonstration."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sections.canteen.models import MenuPage, MenuWeekPage, monday_of
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_section
from socle.sites.registry import sections

MEALS = """Lundi
Carottes râpées, hachis parmentier, yaourt nature, poire
Mardi
Velouté de potiron, omelette aux herbes, gratin de chou-fleur, compote
Mercredi : pas d’école
Jeudi
Salade d’endives, poulet rôti, haricots verts, clémentines
Vendredi
Betteraves, gratin de poisson, riz, gâteau au yaourt"""


@transaction.atomic
def ensure_menus(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site two weeks of its canteen, once; say whether it was done. Raises Refused outside a demonstration."""
    refuse(why_not_make_fictions())
    if MenuPage.objects.child_of(website.root_page).exists():
        return False
    page = open_section(website, sections()["menus"], by=by, at=at)
    page.introduction = "Des repas inventés pour la démonstration\u00a0: personne ne les sert."
    page.save_revision(user=by).publish()
    for week in (0, 1):
        monday = monday_of(day_of(at)) + timedelta(weeks=week)
        made = MenuWeekPage(week_on=monday, served=MEALS, allergens="lait, œufs, gluten, poissons", live=False)
        page.add_child(instance=made)
        made.save_revision(user=by).publish()
    return True
