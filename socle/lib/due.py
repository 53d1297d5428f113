"""When the next time of a row has come, though the clock of the machine was wrong when it was written.

A clock that goes a day ahead, then back, leaves moments that no rule would write: waited for, they would keep a site on
tomorrow's hours, or a name unchecked, as long as the clock had gone ahead. Such a moment is due at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

# Two machines never have quite the same hour: what one has just written is not in the future for the other.
APART = timedelta(minutes=5)


def has_come(field: str, at: datetime, *, within: timedelta) -> Q:
    """The rows whose moment has come, or is further than `within` from now, which is the longest wait ever written."""
    return Q(**{f"{field}__lte": at}) | Q(**{f"{field}__gt": at + within + APART})


def long_ago(field: str, at: datetime, *, every: timedelta) -> Q:
    """The rows last seen to for so long, never, or in the future."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": at - every}) | Q(**{f"{field}__gt": at + APART})
