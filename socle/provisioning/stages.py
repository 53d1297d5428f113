"""How far each commune has come in a programme, computed from its agreement and its installations."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When

from socle.agreements.models import Agreement, Status
from socle.programme.models import Programme
from socle.provisioning.models import Installation, State
from socle.territory.models import Commune, CommuneQuerySet


class Stage(models.TextChoices):
    """In the order of the journey; the value is also the class that colours the map."""

    ELIGIBLE = "eligible", "à proposer"
    DRAFT = "draft", "projet de convention"
    READY = "ready", "à la signature"
    SIGNED = "signed", "signée, mise en service en cours"
    LIVE = "live", "équipée"


def with_stage(communes: CommuneQuerySet, programme: Programme) -> models.QuerySet[Commune]:
    """Annotate communes with `stage` and `agreement_number`, in the same query; follows the scope in force."""
    agreements = Agreement.objects.filter(programme=programme, beneficiary__commune=OuterRef("pk")).exclude(
        status=Status.CANCELLED
    )
    installations = Installation.objects.filter(
        right__agreement__programme=programme, beneficiary__commune=OuterRef("pk")
    )
    return communes.annotate(
        agreement_status=Subquery(agreements.values("status")[:1]),
        agreement_number=Subquery(agreements.values("number")[:1]),
        is_started=Exists(installations),
        is_waiting=Exists(installations.exclude(state=State.LIVE)),
    ).annotate(
        stage=Case(
            When(Q(agreement_status=Status.SIGNED, is_started=True, is_waiting=False), then=Value(Stage.LIVE.value)),
            When(agreement_status=Status.SIGNED, then=Value(Stage.SIGNED.value)),
            When(agreement_status=Status.READY, then=Value(Stage.READY.value)),
            When(agreement_status=Status.DRAFT, then=Value(Stage.DRAFT.value)),
            default=Value(Stage.ELIGIBLE.value),
            output_field=models.CharField(),
        )
    )
