"""Queries on a programme about many communes at once."""

from __future__ import annotations

from django.db import models
from django.db.models import ExpressionWrapper, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from socle.programme.models import Assessment, Programme
from socle.territory.models import Commune, CommuneInVintage, CommuneQuerySet


def with_priority(communes: CommuneQuerySet, programme: Programme) -> models.QuerySet[Commune]:
    """Annotate communes with `is_priority`: under the programme's threshold in the vintage it names.

    The same rule as `eligibility.assess`, in the database: a commune whose population is unknown is not priority.
    A value of each commune, and no `Exists`, for which PostgreSQL reads all the communes of the vintage first.
    """
    was = CommuneInVintage.objects.filter(commune=OuterRef("pk"), vintage=programme.priority_vintage)
    is_under = ExpressionWrapper(Q(population__lt=programme.priority_below), models.BooleanField())
    return communes.annotate(is_priority=Coalesce(Subquery(was.values(is_under=is_under)[:1]), Value(False)))


# Of a commune that nobody ranked yet, so that it comes after the others.
UNRANKED = 10**9


def with_rank(communes: models.QuerySet[Commune], programme: Programme) -> models.QuerySet[Commune]:
    """Annotate communes with `priority_rank` (`UNRANKED` when none is kept) and its `reasons`, a line each, or None."""
    kept = Assessment.objects.in_force().filter(programme=programme, commune=OuterRef("pk"))
    return communes.annotate(
        priority_rank=Coalesce(Subquery(kept.values("rank")[:1]), Value(UNRANKED)),
        reasons=Subquery(kept.values("reasons")[:1]),
    )
