"""Extension of the sites by the menus of the canteen: their pages, this week on the first page."""

from __future__ import annotations

from typing import Any

from socle.sections.canteen.demo_data import ensure_menus
from socle.sections.canteen.models import MenuPage, MenuWeekPage, week_at
from socle.sites.frame import Frame
from socle.sites.models.pages import CommunePage, today
from socle.sites.registry import Section


def home(page: CommunePage, frame: Frame) -> dict[str, Any]:
    """Return the menu of this week; a site that has none is asked nothing more."""
    return {"menu_week": week_at(page, on=today())} if "menus" in frame.urls else {}


EXTENSION = Section(
    code="menus",
    package="socle.sections.canteen",
    editor_urls="socle.sections.canteen.editor_urls",
    site_urls="socle.sections.canteen.site_urls",
    home_part="websites/parts/home_menu.html",
    home=home,
    demo=ensure_menus,
    index=MenuPage,
    title="Menus de la cantine",
    slug="menus",
    purpose="Le menu de la semaine, tapé, collé ou joint en PDF. Passée, la semaine s’en va.",
    gesture="Écrire le menu d’une semaine",
    icon="list-ul",
    page=MenuWeekPage,
    # Each week of the canteen is a page.
    moved_to=((r"/menus/semaine/(\d+)-(\d+)/", r"/menus/semaine-\1-\2/"),),
)
