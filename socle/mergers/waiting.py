"""Changes of the map that wait for somebody: plans to decide, tasks to do once they are applied, vintages to read."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from socle.agreements.rules import WRITERS
from socle.lib.declared import Row, Waiting
from socle.mergers.models import ImportStatus, MergerPlan, PlanLine, Status, VintageImport
from socle.mergers.presenters import title_of
from socle.people.models import Role
from socle.provisioning.access import Access


def _plans() -> QuerySet[MergerPlan]:
    return MergerPlan.objects.select_related("other").order_by("drafted_at", "pk")


def _to_decide(access: Access, at: datetime) -> QuerySet[MergerPlan]:
    return _plans().filter(status=Status.DRAFT)


def _to_finish(access: Access, at: datetime) -> QuerySet[MergerPlan]:
    undone = Count("lines", filter=Q(lines__kind=PlanLine.Kind.TASK, lines__done_at=None))
    return _plans().filter(status=Status.APPLIED).annotate(to_do=undone).filter(to_do__gt=0)


def _show(found: list[MergerPlan], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            plan.beneficiary.place_name,
            title_of(plan),
            plan.drafted_at,
            reverse("console:merger", args=[plan.pk]),
            "Décider",
        )
        for plan in found
    ]


def _show_tasks(found: list[MergerPlan], access: Access, at: datetime) -> list[Row]:
    rows = []
    for plan in found:
        count: int = plan.to_do  # type: ignore[attr-defined]
        what = f"{title_of(plan)}\u00a0: {count} tâche{'s' if count > 1 else ''} à faire"
        url = f"{reverse('console:merger', args=[plan.pk])}#taches"
        rows.append(Row(plan.beneficiary.place_name, what, plan.applied_at, url, "Faire"))
    return rows


def _imports(access: Access, at: datetime) -> QuerySet[VintageImport]:
    """The map is everybody's, and the lead's to keep."""
    found = VintageImport.objects.filter(status=ImportStatus.READ).defer("content", "changes").order_by("brought_at")
    return found if access.is_lead else found.none()


def _show_imports(found: list[VintageImport], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            "Territoire",
            f"Millésime {one.year} à relire, puis à importer",
            one.brought_at,
            reverse("console:vintage", args=[one.pk]),
            "Relire",
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "fusions-a-decider",
        "autre fusion ou scission à décider, autres fusions ou scissions à décider",
        ("console:mergers", "etat=draft"),
        WRITERS,
        _to_decide,
        _show,
    ),
    Waiting(
        "fusions-a-finir",
        "autre fusion ou scission à finir, autres fusions ou scissions à finir",
        ("console:mergers", "etat=applied"),
        WRITERS,
        _to_finish,
        _show_tasks,
    ),
    Waiting(
        "millesimes",
        "autre millésime à relire, autres millésimes à relire",
        ("console:territory", ""),
        (Role.PROGRAMME_OFFICER,),
        _imports,
        _show_imports,
    ),
)
