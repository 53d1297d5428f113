"""What a directory keeps of people, and lets go."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from socle.websites.models.directory import DirectoryEntry


def erase_removed_entries(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Entries that were taken off a directory, and could have been put back."""
    rows = DirectoryEntry.objects.filter(removed_at__lt=before)
    return rows.count() if is_dry else rows.delete()[0]
