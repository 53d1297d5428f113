"""The upkeep of a site in a demonstration: an old page, and a link that leads nowhere, each said fictitious."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sites.models.pages import StandardPage
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_page

SLUG = "histoire-fictive"
WORDS = (
    "<p>Une page inventée pour la démonstration, et qui a vieilli\u00a0: voyez "
    '<a href="/balade-fictive/">le parcours de la balade (fictif)</a>.</p>'
)
OLD = timedelta(days=600)


@transaction.atomic
def ensure_upkeep(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration something to keep up, once; say whether it was. Raises Refused outside one."""
    refuse(why_not_make_fictions())
    if StandardPage.objects.child_of(website.root_page).filter(slug=SLUG).exists():
        return False
    page = StandardPage(title="Histoire (page fictive)", slug=SLUG, body=[("text", WORDS)])
    open_page(website, page, at=at - OLD)
    page.show_in_menus = False
    page.save(update_fields=["show_in_menus"])
    return True
