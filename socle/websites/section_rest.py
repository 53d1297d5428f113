"""Temporary: the sections that are being redrawn."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from socle.lib.dates import day_of
from socle.websites import models
from socle.websites.accessibility.statement import conformity_of
from socle.websites.audience.rules import months_kept, why_not_measure
from socle.websites.canteen.shown import next_meal
from socle.websites.daily import announcing
from socle.websites.daily.sections import SECTIONS
from socle.websites.models.announced import INDEXES, announced, jobs_over
from socle.websites.models.pages import today
from socle.websites.models.score import SiteTask
from socle.websites.registry import Extension, MenuEntry, Section
from socle.websites.score import examine


def home(page: Any, frame: Any) -> dict[str, Any]:
    context: dict[str, Any] = {"announced": announced(page, frame.urls, at=timezone.now())}
    if "menus" in frame.urls:
        context["meal"] = next_meal(frame.website, on=today())
    return context


def screen_context(screen: str, website: Any, *, at: Any) -> dict[str, Any]:
    if screen != "home":
        return {}
    found = examine(website, on=day_of(timezone.now()))
    return {
        "tasks": [one for one in found if one.check.who == SiteTask.Who.MAIRIE and one.check.code != "opening"],
        "others": [one for one in found if one.check.who == SiteTask.Who.OPERATOR],
    }


EXTENSION = Extension(
    code="rest",
    package="socle.websites",
    pages={
        "accessibility": models.AccessibilityPage,
        **INDEXES,
        "menus": models.MenuPage,
        "gallery": models.GalleryPage,
        "heritage": models.HeritageIndexPage,
    },
    planted=lambda *, of_name, on: [models.AccessibilityPage(title="Accessibilité", slug="accessibilite")],
    accessibility=lambda website, *, on: conformity_of(website, on=on).label,
    unlisted=tuple(index.kind() for index in INDEXES.values()),
    over=jobs_over,
    home_part="websites/parts/home_announced.html",
    home=home,
    screen_context=screen_context,
    personal_data=lambda: {"audience_months": months_kept() if why_not_measure() is None else 0},
    follow_the_hour=announcing.close_at_their_hour,
    handed_over=(
        ("annuaire", models.DirectoryEntry, "website"),
        ("equipements", models.Equipment, "website"),
        ("menus", models.MenuDay, "website"),
        ("plats", models.Dish, "day__website"),
        ("mentions-des-plats", models.DishMark, "dish__day__website"),
        ("photographies-des-albums", models.AlbumPicture, "album__path__startswith"),
        ("audits-accessibilite", models.Audit, "website"),
        ("plan-accessibilite", models.AccessibilityPlan, "website"),
        ("actions-accessibilite", models.PlanAction, "plan__website"),
        ("audience", models.PageViews, "website"),
    ),
    not_handed_over={
        "AccessLog": "how far the platform has read its own logs",
        "Confirmation": "what the platform asked to read again",
        "MenuWriting": "how to undo a week of menus",
        "OutsideAddress": "shared by every site",
        "PageLink": "what the platform found in a page, and finds again",
        "SiteScore": "what the platform found missing, and finds again",
        "SiteTask": "what the platform found missing, and finds again",
        "WeeklyReminder": "what a person chose for all their communes",
    },
    menu=(
        MenuEntry("À faire", "website_upkeep", "tasks", 10),
        MenuEntry("Annuaire", "website_directory", "list-ul", 34),
        MenuEntry("Équipements et salles", "website_equipment", "home", 35),
        MenuEntry("Plan d’accessibilité", "website_plan", "list-ul", 50),
        MenuEntry("Audience", "website_audience", "table", 61),
    ),
)
OTHERS = [
    Section(
        code=s.code,
        package="socle.websites",
        index=s.index,
        title=s.title,
        slug=s.slug,
        purpose=s.purpose,
        gesture=s.gesture,
        icon=s.icon,
        screen=s.screen,
        page=next((m for m in vars(models).values() if isinstance(m, type) and m.__name__.lower() == s.page), None)
        if s.page
        else None,
    )
    for s in SECTIONS.values()
    if s.code != "dechets"
]
