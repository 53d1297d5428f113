"""Requests to join that wait for somebody: to be studied, to be planned, or planned for a day that has come."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from socle.agreements.rules import WRITERS
from socle.joining.models import JoinRequest, Status
from socle.joining.queries import seen_by
from socle.lib import dates
from socle.lib.declared import Row, Waiting
from socle.provisioning.access import Access

# What each state waits for, and the button that leads there.
STEPS = {
    Status.CONFIRMED.value: ("à étudier", "Étudier"),
    Status.QUALIFIED.value: ("à planifier ou à rédiger", "Planifier ou rédiger"),
    Status.PLANNED.value: ("dont le jour est venu", "Rédiger le projet"),
}


def _open(access: Access, at: datetime) -> QuerySet[JoinRequest]:
    """Those to study, those studied, and the planned ones whose day has come: until then they wait for nobody."""
    come = Q(status=Status.PLANNED, planned_on__lte=dates.day_of(at))
    found = seen_by(access).filter(Q(status__in=(Status.CONFIRMED, Status.QUALIFIED)) | come)
    return found.select_related("commune").order_by(Coalesce("qualified_at", "confirmed_at", "asked_at"), "pk")


def _show(found: list[JoinRequest], access: Access, at: datetime) -> list[Row]:
    rows = []
    for one in found:
        step, button = STEPS[one.status]
        since = one.planned_on if one.status == Status.PLANNED else one.qualified_at or one.confirmed_at
        url = reverse("console:join_request", args=[one.reference])
        rows.append(Row(one.place_name, f"Demande d’adhésion {step}, {one.reference}", since, url, button))
    return rows


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "demandes",
        "autre demande d’adhésion, autres demandes d’adhésion",
        ("console:join_requests", "etat=ouvertes"),
        WRITERS,
        _open,
        _show,
    ),
)
