"""Webhooks that we stopped: they wait for whoever keeps the programs of their operator."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from socle.integrations.models import Status, Webhook
from socle.integrations.rules import KEEPERS
from socle.lib.declared import Row, Waiting
from socle.provisioning.access import Access


def _stopped(access: Access, at: datetime) -> QuerySet[Webhook]:
    return Webhook.objects.filter(operator=access.operator, status=Status.STOPPED).order_by("stopped_at", "pk")


def _show(found: list[Webhook], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            access.operator.name,
            f"Webhook «\u00a0{one.name}\u00a0» arrêté\u00a0: {one.stop_reason}",
            one.stopped_at,
            reverse("console:webhook", args=[one.pk]),
            "Remettre en service",
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "webhooks-arretes",
        "autre webhook arrêté, autres webhooks arrêtés",
        ("console:webhooks", ""),
        KEEPERS,
        _stopped,
        _show,
    ),
)
