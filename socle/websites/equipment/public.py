"""The equipment of a commune as open data."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from socle.lib.spreadsheet import as_open_csv
from socle.websites.equipment import open_data
from socle.websites.equipment.actions import equipment_page_of
from socle.websites.equipment.shown import equipment_of
from socle.websites.public import website_of


def equipment_file(request: HttpRequest) -> HttpResponse:
    """Give the equipment of this commune as open data (SCDL). Raises Http404 while no line can be written."""
    website = website_of(request)
    page = equipment_page_of(website)
    rows = open_data.rows_of(website, equipment_of(website)) if page is not None and page.live else []
    if not rows:
        raise Http404
    content = as_open_csv(open_data.HEADERS, rows, computed=open_data.COMPUTED)
    return HttpResponse(content, content_type="text/csv; charset=utf-8")
