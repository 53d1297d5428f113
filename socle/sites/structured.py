"""Structured data of a site: the mairie as schema.org has it, and what a page says of itself when it is shared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from socle.sites.pictures import sizes_of

if TYPE_CHECKING:
    from socle.sites.frame import Frame

# No sign that would end the element these data are written in, or begin another.
INERT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What those who show a shared page ask for; a coat of arms is shown whole.
SHARED, COAT = "fill-1200x630|format-jpeg", "max-600x600|format-png"


@dataclass(frozen=True)
class Shared:
    """How a page shows when its address is sent to someone."""

    description: str
    kind: str
    image: str = ""
    width: int = 0
    height: int = 0
    alternative: str = ""


def as_data(data: Mapping[str, Any]) -> SafeString:
    """Write data so that nothing in it can be taken for mark-up."""
    return SafeString(json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(INERT))


def office(frame: Frame) -> SafeString:
    """Describe the mairie: where it is, how to reach it, when it opens. What is not known is not said."""
    facts, root = frame.facts, frame.website.root_url
    address = {
        "@type": "PostalAddress",
        "streetAddress": facts.address,
        "postalCode": facts.postal_code,
        "addressLocality": facts.city or frame.name,
        "addressCountry": "FR",
    }
    hours = [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": f"https://schema.org/{DAYS[day.number - 1]}",
            "opens": f"{opening.opens:%H:%M}",
            "closes": f"{opening.closes:%H:%M}",
        }
        for day in frame.week
        for opening in day.openings
    ]
    special = [
        {
            "@type": "OpeningHoursSpecification",
            "validFrom": day.starts_on.isoformat(),
            "validThrough": day.ends_on.isoformat(),
            **opens_and_closes,
        }
        for day in frame.exceptional_days
        # Without hours, it is closed: so says schema.org.
        for opens_and_closes in (
            [{"opens": f"{span.opens:%H:%M}", "closes": f"{span.closes:%H:%M}"} for span in day.spans] or [{}]
        )
    ]
    is_placed = facts.latitude is not None and facts.longitude is not None
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": ["CityHall", "GovernmentOffice"] if frame.is_commune else "GovernmentOffice",
        "@id": f"{root}/#mairie",
        "name": frame.office_name,
        "url": f"{root}/",
        "telephone": facts.phone,
        "email": facts.email,
        "address": {name: value for name, value in address.items() if value},
        "geo": {"@type": "GeoCoordinates", "latitude": facts.latitude, "longitude": facts.longitude}
        if is_placed
        else {},
        "openingHoursSpecification": hours,
        "specialOpeningHoursSpecification": special,
    }
    return as_data({name: value for name, value in data.items() if value})


def shared(page: Any, frame: Frame) -> Shared:
    """Say how a page shows when it is shared: its words, and its own picture, or else the coat of arms."""
    words = getattr(page, "search_description", "") or getattr(page, "summary", "") or getattr(page, "introduction", "")
    description = " ".join((words or f"{page.title}, site {frame.of_kind}.").split())[:300]
    kind = "article" if hasattr(page, "published_on") else "website"
    picture, coat = getattr(page, "picture", None), frame.website.coat_of_arms
    # Not prepared yet, or not to be, a picture is not shown.
    for image, spec in ((picture, SHARED), (coat, COAT)):
        if image is not None and (sizes := sizes_of(image, [spec])) is not None:
            made = sizes[spec]
            alternative = (image == picture and getattr(page, "picture_alternative", "")) or image.description
            return Shared(description, kind, made.url, made.width, made.height, alternative)
    return Shared(description, kind)
