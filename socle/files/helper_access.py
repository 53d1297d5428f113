"""Accesses that a helper opened here and that last: links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from socle.files.models import Link
from socle.journal.models import Entry


def links(line: Entry, *, at: datetime) -> Sequence[Link]:
    """The link that this line made, while it opens something."""
    return list(Link.objects.filter(pk=line.object_id, ended_at=None, expires_at__gt=at))
