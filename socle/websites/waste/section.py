"""What the collection of waste adds to the sites: its pages, its calendars, the collections of the week."""

from __future__ import annotations

from typing import Any

from socle.websites.frame import Frame
from socle.websites.models.pages import CommunePage, today
from socle.websites.models.waste import DropOffPoint, WastePage, WasteRound, WasteShift, next_collections
from socle.websites.registry import Section
from socle.websites.waste.fictions import ensure_waste


def home(page: CommunePage, frame: Frame) -> dict[str, Any]:
    """Return the collections of the week; a site that has none is asked nothing more."""
    return {"collections": next_collections(frame.website, on=today())} if "waste" in frame.urls else {}


EXTENSION = Section(
    code="dechets",
    package="socle.websites.waste",
    editor_urls="socle.websites.waste.editor_urls",
    site_urls="socle.websites.waste.site_urls",
    pages={"waste": WastePage},
    home_part="websites/parts/home_waste.html",
    home=home,
    handed_over=(
        ("collectes", WasteRound, "website"),
        ("collectes-deplacees", WasteShift, "website"),
        ("points-de-collecte", DropOffPoint, "website"),
    ),
    demo=ensure_waste,
    index=WastePage,
    title="Collecte des déchets",
    slug="dechets",
    purpose="Les tournées, les jours fériés, les points d’apport\u00a0; un calendrier à imprimer ou dans le téléphone.",
    gesture="Tenir la collecte des déchets",
    icon="bin",
    screen="website_waste",
)
