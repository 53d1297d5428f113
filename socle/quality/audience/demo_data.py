"""The audience of a site in a demonstration: invented numbers, the same each time; the screen says that they are."""

from __future__ import annotations

from datetime import datetime
from random import Random

from django.db import transaction
from wagtail.models import Page

from socle.lib.dates import add_months, day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.quality.audience.presenters import MONTHS, first_month
from socle.quality.models.audience import PageViews
from socle.sites.models.sites import WebSite

MOST_PAGES = 8


@transaction.atomic
def ensure_audience(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration the numbers of a year; say whether it was done. Raises Refused outside one."""
    refuse(why_not_make_fictions())
    if PageViews.objects.filter(website=website).exists():
        return False
    chance = Random(website.slug)  # noqa: S311 (invented numbers: nothing to keep secret)
    root = website.root_page.url_path
    pages = Page.objects.descendant_of(website.root_page, inclusive=True).live().order_by("depth", "path")
    paths = [f"/{path[len(root) :]}" for path in pages.values_list("url_path", flat=True)[:MOST_PAGES]]
    PageViews.objects.bulk_create(
        PageViews(website=website, month_on=add_months(first_month(day_of(at)), rank), path=path, views=views)
        for rank in range(MONTHS)
        for place, path in enumerate(paths, start=1)
        for views in [round(chance.randint(400, 1300) / place)]
    )
    return True
