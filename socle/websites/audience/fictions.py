"""The audience of a site in a demonstration: invented numbers, the same each time; the screen says that they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from wagtail.models import Page

from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.websites.models.audience import AudienceCount, AudienceDay
from socle.websites.models.sites import WebSite

Kind = AudienceCount.Kind
LENGTH = timedelta(days=400)
# More is read on Mondays, and little on Sundays.
WEEK = (1.5, 1.2, 1.1, 1.0, 1.0, 0.7, 0.5)
MISSING = ("/ancien-site/horaires.php", "/cantine/menu.pdf", "/index.php")
SOURCES = ("moteur-de-recherche.exemple", "intercommunalite.exemple", "office-de-tourisme.exemple")
MOST_PAGES = 8


@transaction.atomic
def ensure_audience(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration the numbers of a year; say whether it was done. Raises Refused outside one."""
    refuse(why_not_make_fictions())
    if AudienceDay.objects.filter(website=website).exists():
        return False
    chance = Random(website.slug)  # noqa: S311 (invented numbers: nothing to keep secret)
    root = website.root_page.url_path
    pages = Page.objects.descendant_of(website.root_page, inclusive=True).live().order_by("depth", "path")
    paths = [f"/{path[len(root) :]}" for path in pages.values_list("url_path", flat=True)[:MOST_PAGES]]
    today, size = day_of(at), chance.randint(12, 45)
    days, counts = [], []
    for rank in range(LENGTH.days, -1, -1):
        on = today - timedelta(days=rank)
        total = 0
        for place, path in enumerate(paths, start=1):
            views = round(size * WEEK[on.weekday()] * chance.uniform(0.4, 1.6) / place)
            if views:
                counts.append(AudienceCount(website=website, counted_on=on, kind=Kind.PAGE, label=path, count=views))
            total += views
        days.append(AudienceDay(website=website, counted_on=on, views=total))
        others = [(Kind.MISSING, chance.choice(MISSING)), (Kind.SOURCE, chance.choice(SOURCES))]
        counts += [
            AudienceCount(website=website, counted_on=on, kind=kind, label=label, count=chance.randint(1, 6))
            for kind, label in others
            if chance.random() < 0.6
        ]
    AudienceDay.objects.bulk_create(days, batch_size=500)
    AudienceCount.objects.bulk_create(counts, batch_size=500)
    return True
