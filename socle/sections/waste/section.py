"""Extension of the sites by the collection of waste: its pages, its calendars, the collections of the week."""

from __future__ import annotations

from typing import Any

from socle.sections.waste.demo_data import ensure_waste
from socle.sections.waste.models import WastePage, WasteRound, WasteShift, next_collections
from socle.sites.frame import Frame
from socle.sites.models.pages import CommunePage, today
from socle.sites.registry import Section


def home(page: CommunePage, frame: Frame) -> dict[str, Any]:
    """Return the collections of the week; a site that has none is asked nothing more."""
    return {"collections": next_collections(frame.website, on=today())} if "waste" in frame.urls else {}


EXTENSION = Section(
    code="dechets",
    package="socle.sections.waste",
    editor_urls="socle.sections.waste.editor_urls",
    site_urls="socle.sections.waste.site_urls",
    glance_part="websites/parts/glance_waste.html",
    home=home,
    handed_over=(
        ("collectes", WasteRound, "website"),
        ("collectes-deplacees", WasteShift, "website"),
    ),
    demo=ensure_waste,
    index=WastePage,
    title="Collecte des déchets",
    slug="dechets",
    purpose="Les tournées, les jours fériés, la déchèterie\u00a0; un calendrier à imprimer ou dans le téléphone.",
    gesture="Tenir la collecte des déchets",
    icon="bin",
    screen="website_waste",
)
