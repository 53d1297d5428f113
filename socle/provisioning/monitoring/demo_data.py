"""The history of the usage in a demonstration: a month that did not take place, so that the growth can be looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_scopes import scopes_disabled

from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.personas import why_not_make_fictions
from socle.provisioning.monitoring import actions
from socle.provisioning.monitoring.contract import watches
from socle.provisioning.monitoring.models import UsageReading

DAYS = 30


def ensure_readings(*, at: datetime) -> int:
    """Note, once, the usage of the last thirty days, smaller each day one goes back; return how many readings.

    Raises `Refused` elsewhere than in a demonstration.
    """
    refuse(why_not_make_fictions())
    today = dates.day_of(at)
    with scopes_disabled():  # Every beneficiary of the demonstration.
        if UsageReading.objects.exists():
            return 0
        written = 0
        for watch in watches():
            taken = watch.taken() if watch.why_none() is None else None
            if not taken or not any(taken.values()):
                continue
            for back in range(DAYS + 1):
                share = 1 - 0.012 * back
                then = {pk: int(used * share) for pk, used in taken.items()}
                written += actions.note_usage(watch.code, then, on=today - timedelta(days=back))
    return written
