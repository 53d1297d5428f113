"""Examine a site: what is missing on it and who must do it, as `checks` says.

A screen about one site examines it anew; lists read what the last examination kept (`socle.quality.models.score`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.lib.dates import day_of
from socle.quality.models.score import SiteScore, SiteTask
from socle.quality.upkeep import checks
from socle.quality.upkeep.checks import BY_CODE, Check, Looked
from socle.sites.models.sites import WebSite


@dataclass(frozen=True)
class Found:
    """One thing to do: its sentence, who does it (`check.who`), where, since when, and how many there are of it."""

    check: Check
    says: str
    url: str
    count: int = 1
    since_at: datetime | None = None


def label_of(task: SiteTask) -> str:
    """Say a thing to do in the few words of a list: « horaires », « 3 liens cassés »."""
    check = BY_CODE.get(task.code)
    if check is None or not check.one:
        return check.label if check is not None else task.code
    return f"{task.count} {check.one if task.count == 1 else check.several}"


def examine(website: WebSite, *, on: date) -> list[Found]:
    """Look at everything on a site; return what is to do, in the order of the screen."""
    return _judge(Looked(website, on=on))


def _judge(site: Looked) -> list[Found]:
    tasks = SiteTask.objects.filter(score__website=site.website).order_by()
    since = dict(tasks.values_list("code", "since_at"))
    return [
        Found(
            check,
            says[:400],
            check.url(site) if check.url else "",
            count=min(len(check.things(site)), 9999) if check.things else 1,
            since_at=since.get(check.code),
        )
        for check in checks.CHECKS
        if (says := check.look(site))
    ]


# --- Kept for the lists ----------------------------------------------------------------------------------------------
@transaction.atomic
def keep(website: WebSite, *, at: datetime) -> tuple[list[Found], Looked]:
    """Examine a site and keep what is missing, a thing missing already with its first day; return what was found."""
    site = Looked(website, on=day_of(at))
    found = _judge(site)
    passed = len(checks.CHECKS) - len(found)
    score, _ = SiteScore.objects.update_or_create(
        website=website, defaults={"scored_at": at, "checked": len(checks.CHECKS), "passed": passed}
    )
    said = [(one.check.code, one.says, one.count) for one in found]
    if said != list(score.tasks.values_list("code", "says", "count")):
        score.tasks.all().delete()
        SiteTask.objects.bulk_create(
            SiteTask(
                score=score,
                code=one.check.code,
                who=one.check.who,
                says=one.says,
                count=one.count,
                since_at=one.since_at or at,
            )
            for one in found
        )
    return found, site


def due() -> models.QuerySet[WebSite]:
    """The sites published since they were last examined, or never examined."""
    published = WebSite.objects.filter(publication__isnull=False, archived_at=None, redirects_to=None)
    return published.filter(
        models.Q(score__isnull=True) | models.Q(score__scored_at__lt=models.F("publication__published_at"))
    ).order_by("pk")


def keep_due(*, at: datetime, limit: int = 40, is_awaited: Callable[[], bool] = lambda: False) -> int:
    """Examine the sites that changed, until something more urgent awaits this worker; return how many."""
    done = 0
    with scopes_disabled():  # Every site of the installation, each examined alone.
        for website in list(due().select_related("facts", "beneficiary__commune", "root_page", "site")[:limit]):
            keep(website, at=at)
            done += 1
            if is_awaited():
                break
    return done
