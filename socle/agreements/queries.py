"""Queries on many agreements at once: who is to sign next, and when each party signed."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable

from socle.agreements.models import Agreement, Party, Status
from socle.agreements.rules import SIGNING_ROLE
from socle.people.models import Membership, User
from socle.signing.models import Slot


def with_next_party(agreements: models.QuerySet[Agreement]) -> models.QuerySet[Agreement]:
    """Annotate agreements at the signature with `next_rank`, and the `next_party` whose turn it is (its kind)."""
    waiting = Slot.objects.filter(round=OuterRef("round"), signed_at=None).order_by("rank")
    party = Party.objects.filter(agreement=OuterRef("pk"), rank=OuterRef("next_rank"))
    return agreements.annotate(next_rank=Subquery(waiting.values("rank")[:1])).annotate(
        next_party=Subquery(party.values("kind")[:1])
    )


def awaiting(agreements: models.QuerySet[Agreement], user: User, *, on: date) -> models.QuerySet[Agreement]:
    """Keep the agreements at the signature that this person is to sign next for an operator: named, or in the office
    that the person named has left.
    """
    named = Membership.objects.active_on(on).filter(
        user=OuterRef("signatory"), operator=OuterRef("operator"), user__is_active=True
    )
    theirs: Combinable | Q = Q(signatory=user)
    for kind, role in SIGNING_ROLE.items():
        office = user.memberships.active_on(on).filter(role=role, operator__isnull=False)
        theirs |= Q(kind=kind, operator__in=office.values("operator")) & ~Exists(named.filter(role=role))
    mine = Party.objects.filter(theirs, agreement=OuterRef("pk"), rank=OuterRef("next_rank"))
    return with_next_party(agreements.filter(status=Status.READY)).filter(Exists(mine))
