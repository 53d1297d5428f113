"""Sites that wait for the operator: the pages the law asks for, the audit of accessibility."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import F, QuerySet
from django.urls import reverse

from socle.lib.declared import Row, Waiting
from socle.provisioning.access import Access
from socle.quality.accessibility.rules import KEEPERS
from socle.quality.models import SiteTask
from socle.quality.upkeep.checks import CHECKS
from socle.sites.models.sites import WebSite


def _of(code: str) -> Callable[[Access, datetime], QuerySet[SiteTask]]:
    def found(access: Access, at: datetime) -> QuerySet[SiteTask]:
        # A task has no beneficiary of its own: its site does, within the scope in force.
        ours = WebSite.objects.filter(beneficiary__department__in=access.departments, archived_at=None)
        tasks = SiteTask.objects.filter(who=SiteTask.Who.OPERATOR, code=code, score__website__in=ours.values("pk"))
        whose = tasks.annotate(website_id=F("score__website_id"), beneficiary_id=F("score__website__beneficiary_id"))
        return whose.order_by("since_at", "pk")

    return found


def _show(found: list[SiteTask], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            one.beneficiary.place_name,  # type: ignore[attr-defined]
            f"Site internet\u00a0: {one.says[:1].lower()}{one.says[1:]}",
            one.since_at,
            reverse("console:site", args=[one.website_id]),  # type: ignore[attr-defined]
            "Corriger",
        )
        for one in found
    ]


# What is the operator's to mend, and not the mairie's.
WAITING: tuple[Waiting, ...] = tuple(
    Waiting(
        f"sites-{check.code}",
        f"autre site\u00a0: {check.label}, autres sites\u00a0: {check.label}",
        ("console:sites", f"manque={check.code}"),
        KEEPERS,
        _of(check.code),
        _show,
    )
    for check in CHECKS
    if check.who == SiteTask.Who.OPERATOR
)
