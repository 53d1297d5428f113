"""Temporary: the sections that are being redrawn."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from socle.lib.dates import day_of
from socle.websites import models
from socle.websites.accessibility.statement import conformity_of
from socle.websites.audience.rules import months_kept, why_not_measure
from socle.websites.canteen.shown import next_meal
from socle.websites.models.pages import today
from socle.websites.models.score import SiteTask
from socle.websites.registry import Extension, MenuEntry, Section
from socle.websites.upkeep.score import examine


def home(page: Any, frame: Any) -> dict[str, Any]:
    context: dict[str, Any] = {}
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
        "menus": models.MenuPage,
    },
    planted=lambda *, of_name, on: [models.AccessibilityPage(title="Accessibilité", slug="accessibilite")],
    accessibility=lambda website, *, on: conformity_of(website, on=on).label,
    home_part="websites/parts/home_menu.html",
    home=home,
    screen_context=screen_context,
    personal_data=lambda: {"audience_months": months_kept() if why_not_measure() is None else 0},
    handed_over=(
        ("menus", models.MenuDay, "website"),
        ("plats", models.Dish, "day__website"),
        ("mentions-des-plats", models.DishMark, "dish__day__website"),
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
        "MonthlyReminder": "what a person chose for all their communes",
    },
    menu=(
        MenuEntry("À faire", "website_upkeep", "tasks", 10),
        MenuEntry("Plan d’accessibilité", "website_plan", "list-ul", 50),
        MenuEntry("Audience", "website_audience", "table", 61),
    ),
)
OTHERS = [
    Section(
        code="menus",
        package="socle.websites.canteen",
        index=models.MenuPage,
        title="Menus de la cantine",
        slug="menus",
        purpose="La semaine se saisit en un tableau, ou vient du fichier de qui prépare les repas. Passée, elle s’en va.",
        gesture="Écrire les menus",
        icon="list-ul",
        screen="website_menus",
    ),
]
