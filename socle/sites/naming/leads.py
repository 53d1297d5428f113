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


def hosts_under(domain: str, beneficiary_id: int) -> tuple[str, ...]:
    """The hosts at or under a domain at which the site of this beneficiary answers, or is to answer once it is led.

    Whoever writes the zone of a domain of mail asks it: the same name serves the mail and the site.
    """
    with scopes_disabled():  # The site of one beneficiary, named by the caller.
        site = WebSite.objects.filter(beneficiary=beneficiary_id, archived_at=None).first()
        names = list(SiteName.objects.filter(website=site)) if site is not None else []
    if site is None:
        return ()
    hosts = dict.fromkeys([site.first_host, *(host for one in names for host in one.hosts)])
    return tuple(host for host in hosts if host == domain or host.endswith(f".{domain}"))
