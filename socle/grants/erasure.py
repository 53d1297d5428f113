"""Ending the pieces of the operations whose time is over."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from socle.documents import erasure
from socle.grants.retention import EVIDENCE


def end_pieces(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """End the pieces whose last day is behind: none has one until the authority tells the day of the accounts."""
    return erasure.end_due(EVIDENCE, before, by=by, at=at, is_dry=is_dry)
