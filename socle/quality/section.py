"""Extension of the sites by the quality: the accessibility statement, the pages seen, the list of what is to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from socle.lib.dates import day_of
from socle.quality.accessibility.statement import conformity_of
from socle.quality.audience.demo_data import ensure_audience
from socle.quality.audience.rules import months_kept, why_not_measure
from socle.quality.models.accessibility import AccessibilityPlan, Audit
from socle.quality.models.audience import PageViews
from socle.quality.models.pages import AccessibilityPage
from socle.quality.models.score import SiteTask
from socle.quality.upkeep.demo_data import ensure_upkeep
from socle.quality.upkeep.score import examine
from socle.sites.models.pages import CommunePage
from socle.sites.models.sites import WebSite
from socle.sites.registry import Extension, MenuEntry


def planted(*, of_name: str, on: date) -> Iterable[CommunePage]:
    """Every site has its accessibility statement."""
    return [AccessibilityPage(title="Accessibilité", slug="accessibilite")]


def accessibility(website: WebSite, *, on: date) -> str:
    """Return « non conforme », « partiellement conforme » or « totalement conforme »."""
    return conformity_of(website, on=on).label


def personal_data() -> dict[str, Any]:
    """For how many months the pages seen are counted; nothing when they are not."""
    return {"audience_months": months_kept() if why_not_measure() is None else 0}


def screen_context(screen: str, website: WebSite, *, at: datetime) -> dict[str, Any]:
    """The first screen, and that of the opening, say what is to do."""
    if screen not in ("home", "opening"):
        return {}
    found = examine(website, on=day_of(at))
    return {
        "tasks": [one for one in found if one.check.who == SiteTask.Who.MAIRIE and one.check.code != "opening"],
        "others": [one for one in found if one.check.who == SiteTask.Who.OPERATOR],
    }


def demo(website: WebSite, *, by: Any, at: datetime) -> bool:
    """Give a site something to mend and an audience, once; say whether it was done."""
    done = [ensure(website, by=by, at=at) for ensure in (ensure_upkeep, ensure_audience)]
    return any(done)


EXTENSION = Extension(
    code="quality",
    package="socle.quality",
    editor_urls="socle.quality.editor_urls",
    planted=planted,
    accessibility=accessibility,
    first_screen_part="websites/editor/to_do.html",
    screen_context=screen_context,
    personal_data=personal_data,
    handed_over=(
        ("audits-accessibilite", Audit, "website"),
        ("plan-accessibilite", AccessibilityPlan, "website"),
        ("audience", PageViews, "website"),
    ),
    demo=demo,
    not_handed_over={
        "AccessLog": "how far the platform has read its own logs",
        "SiteScore": "what the platform found missing, and finds again",
        "SiteTask": "what the platform found missing, and finds again",
    },
    menu=(
        MenuEntry("À faire", "website_upkeep", "manage", 10),
        MenuEntry("Plan d’accessibilité", "website_plan", "settings", 50),
        MenuEntry("Audience", "website_audience", "manage", 61),
    ),
)
