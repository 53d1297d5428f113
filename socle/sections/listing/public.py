"""The venues of a commune as open data."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from socle.sections.listing.actions import listing_of
from socle.sections.listing.sheets import open_data
from socle.sites.public import website_of


def venues_file(request: HttpRequest) -> HttpResponse:
    """Give the venues of this commune as open data. Raises Http404 while none is listed."""
    website = website_of(request)
    page = listing_of(website)
    content = open_data(website) if page is not None and page.live else b""
    if not content:
        raise Http404
    return HttpResponse(content, content_type="text/csv; charset=utf-8")
