"""The fictitious names of a demonstration: one that is served, one that waits for its DNS. Nobody owns them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django_scopes import scope, scopes_disabled

from socle.people.models import User
from socle.websites.models.names import SiteName
from socle.websites.models.sites import WebSite
from socle.websites.naming.actions import ask_name, check_name

# By the first label of a site's address: `.test` and `.invalid` are never anyone's (RFC 2606).
NAMES = {"prisches": "mairie-prisches.test", "audresselles": "mairie-audresselles.invalid"}


def ensure_names(*, by: User, at: datetime) -> list[SiteName]:
    """Give the sites of the demonstration their fictitious names, once; return those just given."""
    if not settings.DEMO:
        return []
    given = []
    with scopes_disabled():  # The few sites of a demonstration, named here.
        sites = list(WebSite.objects.filter(slug__in=NAMES, names=None).select_related("beneficiary"))
    for site in sites:
        with scope(beneficiary=site.beneficiary):
            name = ask_name(site, NAMES[site.slug], by=by, at=at)
            given.append(check_name(name, by=by, at=at) or name)
    return given
