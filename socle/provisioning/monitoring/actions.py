"""Readings of the engines, written now and then: a trial of each, and the space that is taken. Nobody's gesture."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django_scopes import scopes_disabled

from socle.lib import dates
from socle.provisioning.contract import EngineError
from socle.provisioning.monitoring.contract import Watch, watches
from socle.provisioning.monitoring.models import EngineTrial, UsageReading

log = logging.getLogger("socle.provisioning")

TRIALS_KEPT = timedelta(days=30)
# Every day for a good month, then the first of each month for two years.
READINGS_KEPT, READINGS_LASTING = timedelta(days=35), timedelta(days=735)
PORTION = 2000


def try_engines(*, at: datetime) -> list[EngineTrial]:
    """Try each engine once and keep what came of it; forget the trials that are old."""
    EngineTrial.objects.filter(tried_at__lt=at - TRIALS_KEPT).delete()
    return [_try(watch, at=at) for watch in watches() if watch.why_none() is None]


def _try(watch: Watch, *, at: datetime) -> EngineTrial:
    begun, seconds, problem = time.perf_counter(), None, ""
    try:
        watch.try_it()
        seconds = time.perf_counter() - begun
    except EngineError as error:
        problem = error.sentence[:300]
        log.warning("the trial of %s failed: %s", watch.code, problem)
    except Exception:
        # One engine that fails in a way nobody foresaw must not hide the others.
        problem = "L’essai s’est interrompu\u00a0: le journal technique de la plateforme dit pourquoi."
        log.exception("the trial of %s broke", watch.code)
    return EngineTrial.objects.create(code=watch.code, tried_at=at, seconds=seconds, problem=problem)


def read_usage(*, at: datetime) -> int:
    """Read the space that each beneficiary takes with each engine; return how many readings of today changed."""
    on, written = dates.day_of(at), 0
    with scopes_disabled():  # Every beneficiary's; each row bears its own.
        for watch in watches():
            taken = watch.taken() if watch.why_none() is None else None
            if taken is not None:
                written += note_usage(watch.code, taken, on=on)
        old = UsageReading.objects.filter(read_on__lt=on - READINGS_KEPT).exclude(read_on__day=1)
        old.delete()
        UsageReading.objects.filter(read_on__lt=on - READINGS_LASTING).delete()
    return written


@transaction.atomic
def note_usage(code: str, taken: Mapping[int, int], *, on: date) -> int:
    """Keep the readings of a day, those that changed only. In the scope in force; returns how many."""
    known = dict(UsageReading.objects.filter(code=code, read_on=on).values_list("beneficiary", "used_bytes"))
    changed = [
        UsageReading(code=code, read_on=on, beneficiary_id=pk, used_bytes=used)
        for pk, used in taken.items()
        if known.get(pk) != used
    ]
    UsageReading.objects.bulk_create(
        changed,
        batch_size=PORTION,
        update_conflicts=True,
        unique_fields=["code", "read_on", "beneficiary"],
        update_fields=["used_bytes"],
    )
    return len(changed)
