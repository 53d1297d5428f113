"""Sites that wait for the operator (pages the law asks for, host, audit of accessibility) or for their mairie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from socle.lib.dates import day_of
from socle.lib.declared import MairieReader, Row, ToDo, Waiting, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.provisioning.access import Access
from socle.quality.accessibility.rules import KEEPERS
from socle.quality.models import SiteTask
from socle.quality.upkeep.checks import BY_CODE
from socle.quality.upkeep.score import examine
from socle.sites.models.sites import WebSite


def _tasks(access: Access) -> QuerySet[SiteTask]:
    # A task has no beneficiary of its own: its site does, within the scope in force.
    ours = WebSite.objects.filter(beneficiary__department__in=access.departments, archived_at=None)
    tasks = SiteTask.objects.filter(who=SiteTask.Who.OPERATOR, score__website__in=ours.values("pk"))
    whose = tasks.annotate(website_id=F("score__website_id"), beneficiary_id=F("score__website__beneficiary_id"))
    return whose.order_by("since_at", "pk")


def _pages(access: Access, at: datetime) -> QuerySet[SiteTask]:
    """Of each site its pages; of the host, which lacks the same on all of them, the oldest says it once."""
    tasks = _tasks(access)
    return tasks.filter(Q(code="legal") | Q(pk__in=tasks.filter(code="host").values("pk")[:1]))


def _audits(access: Access, at: datetime) -> QuerySet[SiteTask]:
    return _tasks(access).filter(code="audit")


def _show(found: list[SiteTask], access: Access, at: datetime) -> list[Row]:
    return [_row_of_host(one) if one.code == "host" else _row(one) for one in found]


def _row(one: SiteTask) -> Row:
    return Row(
        one.beneficiary.place_name,  # type: ignore[attr-defined]
        f"Site internet\u00a0: {one.says[:1].lower()}{one.says[1:]}",
        one.since_at,
        reverse("console:site_audit" if one.code == "audit" else "console:site", args=[one.website_id]),  # type: ignore[attr-defined]
        "Corriger",
    )


def _row_of_host(one: SiteTask) -> Row:
    """No page of the platform writes it: the row says who does, and leads to what is known of the operators."""
    address = f"{reverse('console:programme')}#partenaires"
    return Row("Tous les sites", one.says, one.since_at, address, "Voir", turn="qui administre la plateforme")


# What is the operator's to mend, and not the mairie's.
WAITING: tuple[Waiting, ...] = tuple(
    Waiting(
        f"sites-{code}",
        f"autre site\u00a0: {BY_CODE[code].label}, autres sites\u00a0: {BY_CODE[code].label}",
        ("console:sites", f"manque={code}"),
        KEEPERS,
        find,
        _show,
    )
    for code, find in (("legal", _pages), ("audit", _audits))
)


def _lacking(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """Give what the site lacks and its mairie owes it, but its opening: that is the end of the road."""
    if mairie.website is None:
        return
    for one in examine(mairie.website, on=day_of(at)):
        if one.check.who == SiteTask.Who.MAIRIE and one.check.code != "opening":
            yield ToDo(one.says, one.url, since=one.since_at)


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.PUBLISH, _lacking),)
