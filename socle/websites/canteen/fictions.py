"""The canteen of a demonstration: two weeks of meals, and a day without; all of it is said to be fictitious."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.websites.canteen.actions import write
from socle.websites.canteen.cells import read_dish
from socle.websites.canteen.shown import monday_of
from socle.websites.canteen.writings import WrittenDay
from socle.websites.models.menus import Course, MenuPage, MenuWriting
from socle.websites.models.sites import WebSite
from socle.websites.opening import index_of, open_section
from socle.websites.registry import sections

MEALS = (
    (
        (Course.STARTER, "Carottes râpées (moutarde, bio)"),
        (Course.MAIN, "Hachis parmentier (lait)"),
        (Course.DAIRY, "Yaourt nature (lait) [Ferme imaginaire]"),
        (Course.DESSERT, "Poire"),
    ),
    (
        (Course.STARTER, "Velouté de potiron (lait)"),
        (Course.MAIN, "Omelette aux herbes (œufs, végétarien)"),
        (Course.SIDE, "Gratin de chou-fleur (gluten, lait)"),
        (Course.DESSERT, "Compote (pomme et coing)"),
    ),
    (),
    (
        (Course.STARTER, "Salade d’endives aux noix (fruits à coques, moutarde)"),
        (Course.MAIN, "Poulet rôti (Label Rouge)"),
        (Course.SIDE, "Haricots verts"),
        (Course.DAIRY, "Maroilles (lait, AOP)"),
        (Course.DESSERT, "Clémentines"),
    ),
    (
        (Course.STARTER, "Betteraves (bio)"),
        (Course.MAIN, "Gratin de poisson (poissons, gluten, lait)"),
        (Course.SIDE, "Riz"),
        (Course.DESSERT, "Gâteau au yaourt (gluten, œufs, lait)"),
    ),
)


@transaction.atomic
def ensure_menus(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its canteen, once; say whether it was done. Raises Refused elsewhere."""
    refuse(why_not_make_fictions())
    section = sections()["menus"]
    if index_of(website, section) is not None:
        return False
    page = open_section(website, section, by=by, at=at)
    assert isinstance(page, MenuPage)
    page.introduction = "Des repas inventés pour la démonstration\u00a0: personne ne les sert."
    page.restaurant, page.cook = "Cantine de l’école (fictive)", "Cuisine imaginaire"
    page.save_revision(user=by).publish()
    monday = monday_of(day_of(at))
    days = []
    for week in (0, 1):
        for number in range(5):
            on = monday + timedelta(weeks=week, days=number)
            dishes = tuple(read_dish(line, course=course) for course, line in MEALS[(number + week) % 5])
            days.append(WrittenDay(on, dishes, not dishes, "" if dishes else "pas d’école"))
    write(website, days, kind=MenuWriting.Kind.WEEK, by=by, at=at)
    return True
