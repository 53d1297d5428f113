"""Stage of each commune in a programme, computed from its agreement and its installations."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django_scopes import scope, scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.people.models import Beneficiary
from socle.programme.models import Programme
from socle.provisioning.models import Installation, Right, State
from socle.territory.models import Commune, CommuneQuerySet


class Stage(models.TextChoices):
    """In the order of the journey; the value is also the class that colours the map."""

    ELIGIBLE = "eligible", "à proposer"
    DRAFT = "draft", "projet de convention"
    READY = "ready", "à la signature"
    SIGNED = "signed", "signée, mise en service en cours"
    LIVE = "live", "équipée"


ORDER = tuple(Stage)
# At most one of these for each beneficiary in a programme: a constraint says so.
RUNNING = (Status.DRAFT, Status.READY, Status.SIGNED)


def _installed(programme: Programme) -> tuple[models.QuerySet[Any], models.QuerySet[Any]]:
    """The beneficiaries that have something installed in a programme, and those for whom something is still to come.

    A list within a list, and no join: each is one table, whose rows can only be read once, whatever the planner thinks.
    """
    with scopes_disabled():
        agreements = Agreement.objects.filter(programme=programme).order_by().values("pk")
        rights = Right.objects.filter(agreement__in=agreements).order_by().values("pk")
        installations = Installation.objects.filter(right__in=rights).order_by()
        return installations.values("beneficiary"), installations.exclude(state=State.LIVE).values("beneficiary")


def with_stage(communes: CommuneQuerySet, programme: Programme) -> models.QuerySet[Commune]:
    """Annotate communes with `stage`, `stage_rank` and `agreement_number`, in the same query.

    The caller hands only communes whose stage may be seen: each one's is read from its own rows, whatever the scope.

    Written so that no database can plan it badly, its statistics old or missing (a whole territory was just equipped):
    the agreement is joined, at most one running for each beneficiary; who has something installed, and who waits for
    something, are two lists that depend on no commune, read once. Asked for each commune instead, they were read again
    from end to end by a planner that believed there were five of them: twenty seconds instead of a tenth of one.
    """
    running = models.FilteredRelation(
        "beneficiary__agreements",
        condition=Q(
            beneficiary__agreements__programme=programme,
            beneficiary__agreements__status__in=RUNNING,
            beneficiary__agreements__amends__isnull=True,
        ),
    )
    started, waiting = _installed(programme)
    is_live = Q(running__status=Status.SIGNED, beneficiary__in=started) & ~Q(beneficiary__in=waiting)
    reached = {
        Stage.LIVE: is_live,
        Stage.SIGNED: Q(running__status=Status.SIGNED),
        Stage.READY: Q(running__status=Status.READY),
        Stage.DRAFT: Q(running__status=Status.DRAFT),
    }
    return communes.annotate(running=running).annotate(
        agreement_number=F("running__number"),
        stage=Case(
            *(When(which, then=Value(stage.value)) for stage, which in reached.items()),
            default=Value(Stage.ELIGIBLE.value),
            output_field=models.CharField(),
        ),
        stage_rank=Case(
            *(When(which, then=Value(ORDER.index(stage))) for stage, which in reached.items()),
            default=Value(ORDER.index(Stage.ELIGIBLE)),
            output_field=models.IntegerField(),
        ),
    )


def eligible(communes: CommuneQuerySet, programme: Programme) -> CommuneQuerySet:
    """Keep the communes whose stage is « à proposer »: the same rule, without what tells the others apart."""
    with scopes_disabled():
        running = Agreement.objects.filter(programme=programme, status__in=RUNNING, beneficiary__commune__isnull=False)
        return communes.exclude(pk__in=running.order_by().values("beneficiary__commune"))


def stage_of(commune: Commune, programme: Programme) -> Stage:
    """Return how far one commune has come, by the same rule; read from its own rows, whatever the scope.

    Three small queries: the one that dresses a whole list, asked of one commune, may read every installation first.
    """
    beneficiary = Beneficiary.objects.filter(commune=commune).first()
    if beneficiary is None:
        return Stage.ELIGIBLE
    with scope(beneficiary=beneficiary):
        return stage_of_beneficiary(beneficiary, programme)


def stage_of_beneficiary(beneficiary: Beneficiary, programme: Programme) -> Stage:
    """Return how far a public body has come, by the same rule as a commune, within the scope in force."""
    agreement = Agreement.objects.filter(programme=programme, beneficiary=beneficiary, status__in=RUNNING).first()
    if agreement is None:
        return Stage.ELIGIBLE
    if agreement.status != Status.SIGNED:
        return Stage.DRAFT if agreement.status == Status.DRAFT else Stage.READY
    states = set(
        Installation.objects.filter(right__agreement__programme=programme, beneficiary=beneficiary).values_list(
            "state", flat=True
        )
    )
    return Stage.LIVE if states == {State.LIVE} else Stage.SIGNED
