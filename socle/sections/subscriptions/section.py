"""Extension of the sites by the subscriptions to alerts: where one asks for them, and how many did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from socle.retention.table import lasts
from socle.sections.subscriptions.models import AlertSubscription
from socle.sites.models.sites import WebSite
from socle.sites.registry import Extension


def screen_context(screen: str, website: WebSite, *, at: datetime) -> dict[str, Any]:
    """The screens of the alerts say how many people receive them."""
    if screen != "alerts":
        return {}
    return {"subscribers": AlertSubscription.objects.filter(website=website, confirmed_at__isnull=False).count()}


def personal_data() -> dict[str, Any]:
    """For how long an address waits to be confirmed."""
    return {"unconfirmed_kept": lasts("abonnes-alertes-non-confirmes")}


EXTENSION = Extension(
    code="subscriptions",
    package="socle.sections.subscriptions",
    site_urls="socle.sections.subscriptions.site_urls",
    screen_context=screen_context,
    personal_data=personal_data,
    handed_over=(("abonnements-aux-alertes", AlertSubscription, "website"),),
    not_handed_over={"AlertMailing": "how far a message has been sent"},
)
