"""What is let go of the devices (config/retention.py)."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from socle.people.devices.models import DevicePassword


def erase_ended(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Passwords of devices ended before this instant."""
    over = DevicePassword.objects.filter(ended_at__lt=before)
    return over.count() if is_dry else over.delete()[0]
