"""Erasure of what the quality of the sites keeps of a person, beyond their account."""

from __future__ import annotations

from django.db import models

from socle.quality.models.upkeep import MonthlyReminder


def erase_reminder(person: models.Model, address: str) -> int:
    """Erase the person's choice about the monthly message; return how many rows."""
    return int(MonthlyReminder.objects.filter(user_id=person.pk).delete()[0])
