"""Retention rules of the devices."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from socle.lib.declared import CHOICE, Ending, Fate, Rule
from socle.people.devices.models import DevicePassword

RULES: tuple[Rule, ...] = (
    Rule(
        "appareils-arretes",
        "Mots de passe d’appareils arrêtés : nom de l’appareil, dernière utilisation",
        "toute personne qui a relié un téléphone ou un ordinateur",
        "après leur arrêt",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.people.devices.retention.erase_ended",
        ends=Ending.MACHINE,
        because="Un jeton de connexion.",
    ),
)


def erase_ended(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Passwords of devices ended before this instant."""
    over = DevicePassword.objects.filter(ended_at__lt=before)
    return over.count() if is_dry else over.delete()[0]
