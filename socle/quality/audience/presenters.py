"""The pages of a site seen per month, as its screens and its file show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from django.db.models import IntegerField, Min, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.quality.models.audience import PageViews
from socle.sites.models.sites import WebSite

MONTHS, MOST_PAGES = 12, 15


@dataclass(frozen=True)
class Line:
    """A month or a page, with its number; `share` is of the greatest number, out of a hundred."""

    label: str
    views: int
    share: int
    url: str = ""


@dataclass(frozen=True)
class Audience:
    """Audience of a site: its last twelve months, the one that runs included, and its most read pages."""

    total: int
    # The first month that was counted.
    since: date | None
    months: list[Line]
    pages: list[Line]


def audience_of(website: WebSite, *, on: date) -> Audience:
    """Read the numbers of a site over the twelve months that end with that of this day."""
    rows = PageViews.objects.filter(website=website)
    within = rows.filter(month_on__range=(first_month(on), on)).order_by()
    by_month = dict(within.values_list("month_on").annotate(sum=Sum("views")))
    by_page = list(within.values_list("path").annotate(sum=Sum("views")).order_by("-sum", "path")[:MOST_PAGES])
    root = website.root_page.url_path.rstrip("/")
    live = Page.objects.filter(url_path__in=[f"{root}{path}" for path, _ in by_page], live=True)
    titles = {url_path.removeprefix(root): title for url_path, title in live.values_list("url_path", "title")}
    most_by_month, most_by_page = max(by_month.values(), default=1), by_page[0][1] if by_page else 1
    months = [dates.add_months(first_month(on), rank) for rank in range(MONTHS)]
    return Audience(
        total=sum(by_month.values()),
        since=rows.aggregate(since=Min("month_on"))["since"],
        months=[
            Line(f"{dates.MONTHS[one.month - 1]}\u00a0{one.year}", views, round(100 * views / most_by_month))
            for one in months
            for views in [by_month.get(one, 0)]
        ],
        pages=[
            Line(
                titles.get(path, path) or "Les autres, ensemble",
                views,
                round(100 * views / most_by_page),
                f"{website.root_url}{quote(path)}" if path else "",
            )
            for path, views in by_page
        ],
    )


def first_month(on: date) -> date:
    """The first of the twelve months that end with that of this day."""
    return dates.add_months(on.replace(day=1), 1 - MONTHS)


SHEET: Sheet[PageViews] = Sheet(
    "audience",
    "audience",
    "Audience du site",
    (
        Field("Mois", lambda row: row.month_on, Kind.DAY),
        Field("Adresse dans le site", lambda row: row.path or "(les autres, ensemble)"),
        Field("Pages vues", lambda row: row.views, Kind.NUMBER),
    ),
)


def views_of_last_month(on: date) -> Any:
    """Return an expression for a list of sites: the pages seen over the last whole month, or zero."""
    month = dates.add_months(on.replace(day=1), -1)
    with scopes_disabled():  # Narrowed by the site it is the number of.
        rows = PageViews.objects.filter(website=OuterRef("pk"), month_on=month)
    summed = rows.order_by().values("website").annotate(sum=Sum("views")).values("sum")
    return Coalesce(Subquery(summed), 0, output_field=IntegerField())
