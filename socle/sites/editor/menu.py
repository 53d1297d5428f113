"""The menu of the site of a mairie, within the door's: five groups, each with what extends the sites."""

from __future__ import annotations

from socle.sites import registry
from socle.sites.registry import MenuEntry
from socle.ui.doors import Entry

# The groups, in their order, each with its words; a group of one page is that page.
GROUPS = {
    "manage": "Gérer le site",
    "pages": "Pages",
    "daily": "Vie quotidienne",
    "files": "Images et documents",
    "settings": "Réglages",
}
# What they lead to, besides the entries of the extensions. Ranks leave places between them.
ENTRIES = (
    MenuEntry("Vue d’ensemble", "website_home", "manage", 0),
    MenuEntry("Voir le site et le modifier", "website_see", "manage", 20),
    MenuEntry("Pages", "wagtailadmin_explore_root", "pages", 0),
    MenuEntry("Rubriques", "website_sections", "daily", 31),
    MenuEntry("Vos démarches", "website_procedures", "daily", 32),
    MenuEntry("Images", "wagtailimages:index", "files", 42),
    MenuEntry("Documents", "wagtaildocs:index", "files", 43),
    MenuEntry("Coordonnées", "website_facts", "settings", 40),
    MenuEntry("Apparence", "website_look", "settings", 41),
    MenuEntry("Ouverture du site", "website_opening", "settings", 60),
)


def groups(*others: MenuEntry) -> tuple[Entry, ...]:
    """Return the groups as the menu of a door takes them, with what the door adds of its own."""
    every = [*ENTRIES, *(entry for one in registry.extensions() for entry in one.menu), *others]
    found = []
    for code, label in GROUPS.items():
        pages = sorted((entry for entry in every if entry.group == code), key=lambda entry: entry.rank)
        lines = tuple(Entry(entry.label, entry.view, "website") for entry in pages)
        found.append(Entry(label, lines[0].view, "website", pages=lines))
    return tuple(found)
