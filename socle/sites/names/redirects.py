"""Where the other names of a site lead, and for how long browsers may keep it."""

from __future__ import annotations

from django_scopes import scopes_disabled

from socle.sites.models.names import ANSWERING, SiteName
from socle.sites.models.sites import WebSite
from socle.sites.publishing.folders import Lead


def is_permanent(website: WebSite, host: str) -> bool:
    """Whether what leads from this host to the main one does so for good: never from the one that always answers."""
    if host == website.first_host:
        return False
    with scopes_disabled():  # One site, named by the caller.
        return SiteName.objects.filter(website=website, is_main=True, settled_at__isnull=False).exists()


def leads_of(website: WebSite) -> dict[str, Lead]:
    """The other hosts of a site, each with where it leads."""
    with scopes_disabled():  # One site, named by the caller.
        names = list(SiteName.objects.filter(website=website, status__in=ANSWERING))
    is_settled = any(one.is_main and one.settled_at is not None for one in names)
    hosts = [website.first_host, *(host for one in names for host in one.hosts)]
    return {
        host: Lead(website.place, is_permanent=is_settled and host != website.first_host)
        for host in hosts
        if host != website.host
    }
