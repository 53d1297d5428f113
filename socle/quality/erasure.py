"""Erasure of what the quality of the sites keeps of a person, beyond their account."""

from __future__ import annotations

from django.db import models

from socle.quality.models.upkeep import MonthlyReminder


def erase_reminder(person: models.Model, address: str) -> int:
    """What they chose about the monthly message."""
    return int(MonthlyReminder.objects.filter(user_id=person.pk).delete()[0])
