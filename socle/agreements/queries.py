"""Questions asked of many agreements at once: who is to sign next, and when each party signed."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Subquery

from socle.agreements.models import Agreement, Party, Status
from socle.people.models import User
from socle.signing.models import Slot


def with_next_party(agreements: models.QuerySet[Agreement]) -> models.QuerySet[Agreement]:
    """Annotate agreements at the signature with `next_rank`, and the `next_party` whose turn it is (its kind)."""
    waiting = Slot.objects.filter(round=OuterRef("round"), signed_at=None).order_by("rank")
    party = Party.objects.filter(agreement=OuterRef("pk"), rank=OuterRef("next_rank"))
    return agreements.annotate(next_rank=Subquery(waiting.values("rank")[:1])).annotate(
        next_party=Subquery(party.values("kind")[:1])
    )


def awaiting(agreements: models.QuerySet[Agreement], user: User) -> models.QuerySet[Agreement]:
    """Keep the agreements at the signature whose next signatory is this person."""
    mine = Party.objects.filter(agreement=OuterRef("pk"), rank=OuterRef("next_rank"), signatory=user)
    return with_next_party(agreements.filter(status=Status.READY)).filter(Exists(mine))
