"""Erasure of what is known of the members of assemblies besides their seat (`retention`)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from socle.assemblies.models import Member
from socle.lib.dates import day_of


def forget_contacts(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Addresses and birth dates of the members who left before this instant; that they sat stays, with their votes."""
    gone = Member.objects.filter(left_on__lt=day_of(before)).exclude(Q(email="") & Q(born_on=None))
    return gone.count() if is_dry else gone.update(email="", born_on=None)
