"""Adding to the numbers of the sites what was just read: once for a whole portion of lines, in few questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from django.db.models import Q
from django_scopes import scopes_disabled

from socle.websites.models.audience import AudienceCount, AudienceDay
from socle.websites.models.names import ANSWERING, SiteName
from socle.websites.models.sites import WebSite

Kind = AudienceCount.Kind
# How many lines of each kind one day of one site may have: what is beyond is counted together, without its label.
MOST = {Kind.PAGE: 1000, Kind.FILE: 300, Kind.MISSING: 100, Kind.SOURCE: 100}
OTHERS = ""
PER_WRITE = 500

# (site, day, kind, label)
Key = tuple[int, date, str, str]


def sites_by_host() -> dict[str, int]:
    """The sites by each host that leads to them: their main one, the one they were born with, their other names."""
    found: dict[str, int] = {}
    with scopes_disabled():  # A log is of every site of the installation.
        names = SiteName.objects.filter(status__in=ANSWERING).values_list("domain", "has_www", "website_id")
        for domain, has_www, website_id in names:
            found[domain] = website_id
            if has_www:
                found[f"www.{domain}"] = website_id
        for website in WebSite.objects.only("pk", "slug", "host"):
            found[website.first_host] = found[website.host] = website.pk
    return found


def add(tally: Mapping[Key, int]) -> None:
    """Add these numbers to those kept, within the transaction and the lock of whoever reads (reading.py)."""
    if not tally:
        return
    websites = {website_id for website_id, *_ in tally}
    days = {counted_on for _, counted_on, *_ in tally}
    there = Q(website__in=websites, counted_on__in=days)
    with scopes_disabled():  # As above.
        kept: dict[Key, int] = {
            (row.website_id, row.counted_on, row.kind, row.label): row.count
            for row in AudienceCount.objects.filter(there).only("website", "counted_on", "kind", "label", "count")
        }
        views = {
            (row.website_id, row.counted_on): row.views
            for row in AudienceDay.objects.filter(there).only("website", "counted_on", "views")
        }
        gathered = _gathered(tally, kept)
        AudienceCount.objects.bulk_create(
            [
                AudienceCount(
                    website_id=website_id, counted_on=day, kind=kind, label=label, count=number + kept.get(key, 0)
                )
                for key, number in gathered.items()
                for website_id, day, kind, label in [key]
            ],
            batch_size=PER_WRITE,
            update_conflicts=True,
            unique_fields=["website", "kind", "counted_on", "label"],
            update_fields=["count"],
        )
        more: Counter[tuple[int, date]] = Counter()
        for (website_id, day, kind, _), number in tally.items():
            if kind == Kind.PAGE:
                more[website_id, day] += number
        AudienceDay.objects.bulk_create(
            [
                AudienceDay(website_id=website_id, counted_on=day, views=number + views.get((website_id, day), 0))
                for (website_id, day), number in more.items()
            ],
            batch_size=PER_WRITE,
            update_conflicts=True,
            unique_fields=["website", "counted_on"],
            update_fields=["views"],
        )


def _gathered(tally: Mapping[Key, int], kept: Mapping[Key, int]) -> Counter[Key]:
    """The same numbers, those of too many labels put together: whoever asks for anything does not fill the disk."""
    lines: defaultdict[tuple[int, date, str], int] = defaultdict(int)
    for website_id, day, kind, label in kept:
        lines[website_id, day, kind] += label != OTHERS
    gathered: Counter[Key] = Counter()
    for key, number in tally.items():
        website_id, day, kind, _ = key
        if key not in kept and key not in gathered:
            if lines[website_id, day, kind] >= MOST[Kind(kind)]:
                key = (website_id, day, kind, OTHERS)
            else:
                lines[website_id, day, kind] += 1
        gathered[key] += number
    return gathered
