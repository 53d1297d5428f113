"""The life of a site in a demonstration: one closure, one alert, each said to be fictitious."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time, timedelta

from django.db import transaction

from socle.lib.dates import PARIS, day_of, next_weekday
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sites.alerts import publish_alert
from socle.sites.exceptional_days import Wanted, announce_day
from socle.sites.models.notices import Alert
from socle.sites.models.sites import WebSite


@transaction.atomic
def ensure_life(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration a closure and an alert, once; say whether it was done.

    Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    if Alert.objects.filter(website=website).exists():
        return False
    on = day_of(at)
    # Something may already be announced that day: enough to see.
    with suppress(Refused):
        announce_day(website, Wanted(next_weekday(5, on), next_weekday(5, on), "fermeture fictive"), by=by, at=at)
    publish_alert(
        website,
        "Alerte fictive de démonstration\u00a0: la rue de l’Église est barrée pour travaux.",
        gravity=Alert.Gravity.VIGILANCE,
        starts_at=at,
        ends_at=datetime.combine(on + timedelta(days=30), time(18), PARIS),
        by=by,
        at=at,
    )
    return True
