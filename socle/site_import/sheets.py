"""The report of an import as a spreadsheet: each old address, and what became of it."""

from __future__ import annotations

from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.site_import.models import ImportedItem
from socle.sites.models.pages import site_path_of

SHEET: Sheet[ImportedItem] = Sheet(
    "site_import",
    "import",
    "Import de l’ancien site",
    (
        Field("Nature", lambda item: item.get_nature_display()),
        Field("Titre", lambda item: item.title),
        Field("Paru le", lambda item: item.published_on, Kind.DAY),
        Field("Ce qu’il devient", lambda item: item.get_state_display()),
        Field("Remarque", lambda item: item.says),
        Field("Description de l’image", lambda item: item.alternative),
        Field("Ancienne adresse", lambda item: item.source),
        Field("Nouvelle adresse", lambda item: new_address(item)),
    ),
)


def new_address(item: ImportedItem) -> str:
    """Return where a thing is now, on its own site: the address that its old one should lead to."""
    if item.page is not None:
        return site_path_of(item.page)
    return item.document.url if item.document is not None else ""
