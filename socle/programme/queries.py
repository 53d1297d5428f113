"""Queries on a programme about many communes at once."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef

from socle.programme.models import Programme
from socle.territory.models import Commune, CommuneInVintage, CommuneQuerySet


def with_priority(communes: CommuneQuerySet, programme: Programme) -> models.QuerySet[Commune]:
    """Annotate communes with `is_priority`: under the programme's threshold in the vintage it names.

    The same rule as `eligibility.assess`, in the database: a commune whose population is unknown is not priority.
    """
    return communes.annotate(
        is_priority=Exists(
            CommuneInVintage.objects.filter(
                commune=OuterRef("pk"),
                vintage=programme.priority_vintage,
                population__lt=programme.priority_below,
            )
        )
    )
