"""Presentation of what others propose: only what its mairie accepted, while it holds, while the site is online."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from wagtail.models import Page

from socle.sites.models.media import SHARED, CommuneImage, CommuneRendition
from socle.sites.models.sites import HOME_PATH_LENGTH, WebSite
from socle.sites.publishing.reads import depend_on
from socle.syndication.models import Kind, Share, ShareQuerySet

# Those that have a page: an alert is said above all the others.
WITH_A_PAGE = (Kind.NEWS, Kind.EVENT)


def shares_of(website: WebSite, *, at: datetime) -> ShareQuerySet:
    """Return the news items and the events of others that this site shows at this instant."""
    return Share.objects.accepted_under(website.root_page.path).shown(at).filter(kind__in=WITH_A_PAGE)


def shared_paths(website: WebSite, *, at: datetime) -> list[str]:
    """Return the addresses of their pages on this site."""
    return [f"/propose/{pk}/" for pk in shares_of(website, at=at).order_by("pk").values_list("pk", flat=True)]


def alerts_of_others(website: WebSite, *, at: datetime, all_begun: bool = False) -> ShareQuerySet:
    """Return the alerts of others that readers of this site see, the newest first; or all that they have seen."""
    accepted = Share.objects.accepted_under(website.root_page.path).filter(kind=Kind.ALERT)
    if not all_begun:
        return accepted.shown(at).order_by("-appears_at", "-pk")
    return accepted.filter(withdrawn_at=None, appears_at__lte=at).order_by("-appears_at", "-pk")


def shows_picture(website: WebSite, path: str, *, at: datetime) -> bool:
    """Say whether this file of the media is a size of a picture that this site shows from others."""
    if not path.startswith(f"{SHARED}/images/"):
        return False
    pictures = shares_of(website, at=at).values("picture")
    return CommuneRendition.objects.filter(file=path, image__in=pictures).exists()


class Mixed:
    """News of a site and of others in one list, the newest first: counted and sliced without reading the whole."""

    def __init__(self, news: QuerySet[Any], shares: list[Share]) -> None:
        self.news = news
        rows: list[tuple[date, bool, int, Share | None]] = [
            (on, True, pk, None) for pk, on in news.values_list("pk", "published_on")
        ]
        rows += [(share.published_on, False, share.pk, share) for share in shares]
        self.rows = sorted(rows, key=lambda row: row[:3], reverse=True)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: slice) -> list[Any]:
        rows = self.rows[place]
        pages = {page.pk: page for page in self.news.filter(pk__in=[pk for _, is_own, pk, _ in rows if is_own])}
        found = (share or pages.get(pk) for _, _, pk, share in rows)
        return [one for one in found if one is not None]

    def __iter__(self) -> Iterator[Any]:
        return iter(self[:])


def with_shared(news: QuerySet[Any], page: Page, *, at: datetime) -> QuerySet[Any] | Mixed:
    """Add to the news published under a page those that its site accepted from others, if there are any."""
    depend_on("news")
    accepted = Share.objects.accepted_under(page.path[:HOME_PATH_LENGTH]).shown(at).filter(kind=Kind.NEWS)
    shares = list(accepted.select_related("picture"))
    return Mixed(news, shares) if shares else news


def small_picture(image: CommuneImage) -> str:
    """Return where a size of a picture is kept, fit for a list on the platform's own screens."""
    return str(image.get_rendition("max-400x300|format-webp").file.name)
