"""The fictitious names of a demonstration: one that is served, one that waits for its DNS. Nobody owns them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django_scopes import scope, scopes_disabled

from socle.domains.actions import check_name
from socle.domains.models import DomainName
from socle.people.models import User
from socle.sites.models.names import SiteName
from socle.sites.models.sites import WebSite
from socle.sites.names.actions import ask_name

# `.test` and `.invalid` are never anyone's (RFC 2606): the twin of the DNS finds the first well led, the other nowhere.
ENDINGS = ("test", "invalid")


def ensure_names(*, by: User, at: datetime) -> list[SiteName]:
    """Give the first site of the demonstration its fictitious names, once; return those just given."""
    if not settings.DEMO:
        return []
    with scopes_disabled():  # The demonstration's own, whichever body it belongs to.
        site = WebSite.objects.select_related("beneficiary").order_by("pk").first()
    if site is None:
        return []
    given = []
    with scope(beneficiary=site.beneficiary):
        if SiteName.objects.filter(website=site).exists():
            return []
        for ending in ENDINGS:
            name = ask_name(site, f"mairie-{site.slug}.{ending}", by=by, at=at)
            check_name(DomainName.objects.get(name=name.domain), by=by, at=at)
            name.refresh_from_db()
            given.append(name)
    return given
