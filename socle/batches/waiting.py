"""Batches that somebody paused: they wait to be resumed, or stopped."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from socle.batches.gestures import gesture_of
from socle.batches.models import Batch, Status
from socle.batches.rules import LEADERS
from socle.lib.declared import Reader, Row, Waiting
from socle.people.models import OPERATOR_ROLES


def _paused(access: Reader, at: datetime) -> QuerySet[Batch]:
    found = Batch.objects.filter(operator=access.operator, status=Status.PAUSED).order_by("started_at", "pk")
    if access.holds(*LEADERS):
        return found
    return found.filter(Q(followed_by=access.user) | Q(followed_by=None, started_by=access.user))


def _show(found: list[Batch], access: Reader, at: datetime) -> list[Row]:
    return [
        Row(
            access.operator.name,
            f"Lot n°\u00a0{one.pk} en pause\u00a0: {gesture_of(one.gesture).label}",
            one.started_at,
            reverse("console:batch", args=[one.pk]),
            "Reprendre ou arrêter",
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "lots-en-pause",
        "autre lot en pause, autres lots en pause",
        ("console:batches", ""),
        OPERATOR_ROLES,
        _paused,
        _show,
    ),
)
