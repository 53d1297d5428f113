"""Actions on the upkeep of a site: a thing found still true."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.quality.models.upkeep import Confirmation
from socle.quality.upkeep import freshness
from socle.quality.upkeep.rules import why_not_confirm
from socle.sites.models.sites import WebSite


@transaction.atomic
def confirm(website: WebSite, matter: str, *, by: User, at: datetime) -> Confirmation:
    """Note that a thing that asked to be read again was, and is still true. Raises Refused when nothing asks."""
    refuse(
        why_not_confirm(
            matter, {one.matter for one in freshness.aged_of(website, freshness.page_rows(website), on=day_of(at))}
        )
    )
    made = Confirmation.objects.create(website=website, matter=matter, confirmed_at=at, confirmed_by=by)
    journal.record("website.still_true", website, by=by, at=at, matter=matter)
    return made
