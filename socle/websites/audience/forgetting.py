"""The numbers of the audience are let go with time (config/retention.py), though they are of nobody."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django_scopes import scopes_disabled

from socle.lib.dates import day_of
from socle.websites.models.audience import AudienceCount, AudienceDay


def erase_old(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """The numbers of the days before that of this instant."""
    with scopes_disabled():  # A rule of retention is of every site.
        found = [model.objects.filter(counted_on__lt=day_of(before)) for model in (AudienceCount, AudienceDay)]
        return sum(rows.count() if is_dry else rows.delete()[0] for rows in found)
