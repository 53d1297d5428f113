"""Statements of expenses that wait for the representative of their partner to certify them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from socle.grants.models import ClaimStatus, Statement
from socle.lib.declared import Reader, Row, Waiting
from socle.lib.money import euros
from socle.people.rules import HEADS


def _to_certify(access: Reader, at: datetime) -> QuerySet[Statement]:
    found = Statement.objects.filter(
        partner__operator=access.operator, claim__status=ClaimStatus.PREPARED, certified_at=None
    )
    return found.select_related("claim__operation").order_by("claim__prepared_at", "pk")


def _show(found: list[Statement], access: Reader, at: datetime) -> list[Row]:
    return [
        Row(
            one.claim.operation.name,
            f"État des dépenses à certifier\u00a0: {euros(one.eligible)}",
            one.claim.prepared_at,
            reverse("console:claim", args=[one.claim.operation_id, one.claim.number]),
            "Relire et certifier",
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "etats-a-certifier",
        "autre état à certifier, autres états à certifier",
        ("console:grants", ""),
        HEADS,
        _to_certify,
        _show,
    ),
)
