"""Extension of the sites by the listing: its page, the screens where it is kept, the venues as open data."""

from __future__ import annotations

from socle.sections.listing.demo_data import ensure_listing
from socle.sections.listing.models import ListingEntry
from socle.sites.registry import Extension, MenuEntry

EXTENSION = Extension(
    code="listing",
    package="socle.sections.listing",
    editor_urls="socle.sections.listing.editor_urls",
    site_urls="socle.sections.listing.site_urls",
    menu=(MenuEntry("Annuaire, équipements, salles", "website_directory", "daily", 34),),
    handed_over=(("annuaire", ListingEntry, "website"),),
    demo=ensure_listing,
    # The equipment is listed with the associations and the shops; a kind that has no entry has no page.
    moved_to=(
        (r"/equipements-et-salles/", "/annuaire/equipements-et-salles/"),
        (r"/equipements-et-salles/", "/annuaire/"),
    ),
)
