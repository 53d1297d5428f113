"""Extension of the sites by the listing: its page, the screens where it is kept, the venues as open data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from socle.sections.listing.demo_data import ensure_listing
from socle.sections.listing.models import ListingEntry, ListingPage
from socle.sites.ages import PageRow, Written, list_age
from socle.sites.models.sites import WebSite
from socle.sites.registry import Extension, MenuEntry


def freshness(website: WebSite, pages: Sequence[PageRow], *, on: date) -> Iterator[Written]:
    """Return the age of the listing."""
    return list_age(
        website, pages, ListingEntry.objects.kept(), page=ListingPage, matter="directory", title="L’annuaire",
        view="website_directory", months="list-months",
    )  # fmt: skip


EXTENSION = Extension(
    code="listing",
    package="socle.sections.listing",
    editor_urls="socle.sections.listing.editor_urls",
    site_urls="socle.sections.listing.site_urls",
    menu=(MenuEntry("Annuaire, équipements, salles", "website_directory", "list-ul", 34),),
    handed_over=(("annuaire", ListingEntry, "website"),),
    freshness=freshness,
    demo=ensure_listing,
    # The equipment is listed with the associations and the shops; a kind that has no entry has no page.
    moved_to=(
        (r"/equipements-et-salles/", "/annuaire/equipements-et-salles/"),
        (r"/equipements-et-salles/", "/annuaire/"),
    ),
)
