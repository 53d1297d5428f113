"""Applying the rules of retention, one after the other."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction

from socle.journal import actions as journal
from socle.lib.declared import Rule
from socle.retention.models import Sweep
from socle.retention.table import rules

log = logging.getLogger("socle.retention")

# A rule passes once a day; a scheduler that starts again does not make it pass more often.
PACE = timedelta(hours=20)
# How long a passage is itself remembered.
MEMORY = timedelta(days=800)


@dataclass(frozen=True)
class Due:
    """A rule, and how many rows its next passage would let go."""

    rule: Rule
    count: int


def due(*, by: models.Model, at: datetime) -> list[Due]:
    """Count what the rules would let go now by themselves; change nothing."""
    found = []
    for rule in rules():
        if (act := rule.act) is not None:
            found.append(Due(rule, act(rule.before(at), by=by, at=at, is_dry=True)))
    return found


def sweep(*, by: models.Model, at: datetime, even_if_recent: bool = False) -> list[Sweep]:
    """Apply each rule whose time has come. One that fails is noted, and never stops the others."""
    done = []
    for rule in rules():
        is_recent = Sweep.objects.filter(rule=rule.code, error="", ran_at__gt=at - PACE).exists()
        if rule.act is None or (is_recent and not even_if_recent):
            continue
        done.append(_apply(rule, by=by, at=at))
    Sweep.objects.filter(ran_at__lt=at - MEMORY).delete()
    return done


def _apply(rule: Rule, *, by: models.Model, at: datetime) -> Sweep:
    act = rule.act
    if act is None:
        raise ValueError(f"the rule {rule.code} lets nothing go")
    try:
        with transaction.atomic():
            treated = act(rule.before(at), by=by, at=at, is_dry=False)
            passage = Sweep.objects.create(rule=rule.code, ran_at=at, treated=treated)
            if treated:
                journal.record("retention.applied", passage, by=by, at=at, rule=rule.code, rows=treated)
    except Exception as error:
        # The message of an error may hold what was to be erased: only its kind is written.
        log.error("retention rule %s failed: %s", rule.code, type(error).__name__)
        return Sweep.objects.create(rule=rule.code, ran_at=at, error=type(error).__name__)
    return passage
