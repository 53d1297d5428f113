"""The menu of the site being edited, above every screen of the editor."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from socle.people.acting import opens
from socle.sites import registry
from socle.sites.editor.openings import takes
from socle.sites.editor.powers import edited_website
from socle.sites.registry import MenuEntry

# What the menu of the site leads to, besides its extensions' own entries. Ranks leave places between them.
ENTRIES = (
    MenuEntry("Voir le site et le modifier", "website_see", 0),
    MenuEntry("Vie quotidienne", "website_sections", 31),
    MenuEntry("Vos démarches", "website_procedures", 32),
    MenuEntry("Coordonnées", "website_facts", 40),
    MenuEntry("Apparence", "website_look", 41),
    MenuEntry("Images", "wagtailimages:index", 42),
    MenuEntry("Documents", "wagtaildocs:index", 43),
    MenuEntry("Ouverture du site", "website_opening", 60),
)


@dataclass(frozen=True)
class SiteLink:
    """One line of the menu of the site being edited."""

    label: str
    url: str
    is_current: bool


def site_menu(request: HttpRequest) -> list[SiteLink]:
    """Return the menu of the site being edited, in its order; nothing for whoever edits none."""
    website = edited_website(request)
    if website is None:
        return []
    every = [*ENTRIES, *(entry for one in registry.extensions() for entry in one.menu)]
    entries = sorted((one for one in every if opens(request, takes(one.view))), key=lambda e: e.rank)
    lines = [(entry.label, reverse(entry.view)) for entry in entries]
    lines.insert(1, ("Les pages", reverse("wagtailadmin_explore", args=[website.root_page_id])))
    pages = reverse("wagtailadmin_home") + "pages/"
    found = []
    for label, url in lines:
        is_current = request.path.startswith(pages if label == "Les pages" else url)
        found.append(SiteLink(label, url, is_current))
    return found
