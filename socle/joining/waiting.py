"""Requests to join that wait for somebody: to be studied, to be planned, or planned for a day that has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from socle.agreements.rules import WRITERS
from socle.joining.models import JoinRequest, Status
from socle.joining.queries import seen_by
from socle.lib import dates
from socle.lib.declared import Row, Waiting
from socle.provisioning.access import Access


def _in(status: Status, order: str) -> Callable[[Access, datetime], QuerySet[JoinRequest]]:
    return lambda access, at: seen_by(access).filter(status=status).select_related("commune").order_by(order, "pk")


def _come(access: Access, at: datetime) -> QuerySet[JoinRequest]:
    """The planned ones whose day has come: the others wait for nobody."""
    return _in(Status.PLANNED, "planned_on")(access, at).filter(planned_on__lte=dates.day_of(at))


def _show(what: str, since: str, button: str) -> Callable[[list[JoinRequest], Access, datetime], list[Row]]:
    return lambda found, access, at: [
        Row(
            one.place_name,
            f"{what}, {one.reference}",
            getattr(one, since),
            reverse("console:join_request", args=[one.reference]),
            button,
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "demandes-a-etudier",
        "autre demande à étudier, autres demandes à étudier",
        ("console:join_requests", "etat=confirmed"),
        WRITERS,
        _in(Status.CONFIRMED, "confirmed_at"),
        _show("Demande d’adhésion à étudier", "confirmed_at", "Étudier"),
    ),
    Waiting(
        "demandes-etudiees",
        "autre demande étudiée, autres demandes étudiées",
        ("console:join_requests", "etat=qualified"),
        WRITERS,
        _in(Status.QUALIFIED, "qualified_at"),
        _show("Demande d’adhésion à planifier ou à rédiger", "qualified_at", "Planifier ou rédiger"),
    ),
    Waiting(
        "demandes-planifiees",
        "autre demande dont le jour est venu, autres demandes dont le jour est venu",
        ("console:join_requests", "etat=planned"),
        WRITERS,
        _come,
        _show("Demande d’adhésion dont le jour est venu", "planned_on", "Rédiger le projet"),
    ),
)
