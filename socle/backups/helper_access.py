"""Accesses that a helper opened here and that last: the codes by which a machine is installed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from socle.backups.models import Machine
from socle.journal.models import Entry


def codes(line: Entry, *, at: datetime) -> Sequence[Machine]:
    """The machine whose code this line drew, while that very code would enrol it."""
    until = line.at + timedelta(days=settings.SOCLE_MACHINE_BACKUPS_CODE_DAYS)
    waiting = Machine.objects.filter(pk=line.object_id, code_expires_at=until, code_expires_at__gt=at)
    return list(waiting.exclude(code_digest=""))
