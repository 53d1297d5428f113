"""A place or a period as machines read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from socle.websites.models.pages import site_path_of
from socle.websites.structured import as_data, shared

if TYPE_CHECKING:
    from socle.websites.frame import Frame
    from socle.websites.models.heritage import HeritagePage


def heritage_data(page: HeritagePage, frame: Frame) -> SafeString:
    """Describe it as schema.org does: a place as a landmark, a period as an article. What is not known is not said."""
    root = frame.website.root_url
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LandmarksOrHistoricalBuildings" if page.is_place else "Article",
        "name" if page.is_place else "headline": page.title,
        "description": page.summary,
        "url": root + site_path_of(page) if page.pk else "",
        "image": root + shared(page, frame).image if page.picture_id else "",
    }
    if page.is_place:
        address = {
            "@type": "PostalAddress",
            "streetAddress": page.address,
            "postalCode": frame.facts.postal_code,
            "addressLocality": frame.facts.city or frame.name,
            "addressCountry": "FR",
        }
        said["address"] = {name: value for name, value in address.items() if value}
        if page.latitude is not None and page.longitude is not None:
            said["geo"] = {"@type": "GeoCoordinates", "latitude": page.latitude, "longitude": page.longitude}
    elif page.dates:
        said["temporalCoverage"] = page.dates
    return as_data({name: value for name, value in said.items() if value})
