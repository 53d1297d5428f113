"""What a site answers of its menus besides their page: the file that others reuse."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from socle.lib.spreadsheet import as_open_csv
from socle.websites.canteen import open_data
from socle.websites.models.menus import MenuPage
from socle.websites.models.pages import today
from socle.websites.models.sites import WebSite


def menus_file(request: HttpRequest) -> HttpResponse:
    """Give the menus of this canteen as open data (SCDL). Raises Http404 while no line can be written."""
    website: WebSite = request.website  # type: ignore[attr-defined]
    page = MenuPage.objects.child_of(website.root_page).live().first()
    rows = open_data.rows_of(website, page, on=today()) if page is not None else []
    if not rows:
        raise Http404
    return HttpResponse(as_open_csv(open_data.HEADERS, rows), content_type="text/csv; charset=utf-8")
