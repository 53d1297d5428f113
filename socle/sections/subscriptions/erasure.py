"""Erasure of the addresses that nobody confirmed (`retention`); the others leave by their own link."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django_scopes import scopes_disabled

from socle.sections.subscriptions.models import AlertSubscription


def erase_unconfirmed(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Addresses left before this instant and never confirmed."""
    with scopes_disabled():  # A rule of retention is of every site.
        found = AlertSubscription.objects.filter(confirmed_at=None, asked_at__lt=before)
        return found.count() if is_dry else found.delete()[0]
