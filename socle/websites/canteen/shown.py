"""The menus as the site shows them: by week, this one first; to machines too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.safestring import SafeString

from socle.lib.dates import in_days, weekday_in_words
from socle.websites.models.menus import Course, Dish, Mark, MenuDay, MenuPage
from socle.websites.models.pages import site_path_of
from socle.websites.models.sites import WebSite
from socle.websites.publishing.reads import reads
from socle.websites.structured import as_data

# How long before it the first page says the next meal: over a week-end.
SAID_BEFORE = timedelta(days=3)
# Weeks shown, and published: a school year is never known so long before.
MOST_WEEKS = 12


def monday_of(on: date) -> date:
    """Return the Monday of the week of a day."""
    return on - timedelta(days=on.weekday())


@dataclass(frozen=True)
class ShownDay:
    """One day, its dishes gathered by course in the order of a meal."""

    day: MenuDay
    courses: list[tuple[str, list[Dish]]]

    @property
    def name(self) -> str:
        """« Lundi 23 novembre »: the week says the year."""
        return weekday_in_words(self.day.served_on).capitalize().rpartition("\u00a0")[0]


@dataclass(frozen=True)
class Week:
    """The days of one week of which something is said."""

    monday: date
    days: list[ShownDay]

    @property
    def key(self) -> tuple[int, int]:
        year, number, _ = self.monday.isocalendar()
        return year, number

    @property
    def name(self) -> str:
        """« Semaine du 23 au 29 novembre 2026 »."""
        return f"semaine {in_days(self.monday, self.monday + timedelta(days=6))}"

    @property
    def anchor(self) -> str:
        return "semaine-{}-{:02d}".format(*self.key)

    @property
    def path(self) -> str:
        """Where it is read alone, below its page."""
        return "semaine/{}-{}/".format(*self.key)

    @property
    def has_allergens(self) -> bool:
        return any(dish.allergens for shown in self.days for _, dishes in shown.courses for dish in dishes)


def shown_day(day: MenuDay) -> ShownDay:
    """Gather the dishes of a day by course."""
    by_course: dict[str, list[Dish]] = {}
    for dish in day.dishes.all():
        by_course.setdefault(dish.course, []).append(dish)
    return ShownDay(day, [(str(Course(code).label), by_course[code]) for code in Course.values if code in by_course])


def weeks_of(website: WebSite, *, on: date) -> list[Week]:
    """Return the weeks to show on this day: three queries whatever their number. What is over has left."""
    reads("menus", "day")
    first = monday_of(on)
    last = first + timedelta(weeks=MOST_WEEKS)
    rows = MenuDay.objects.kept().whole().filter(website=website, served_on__gte=first, served_on__lt=last)
    by_week: dict[date, list[ShownDay]] = {}
    for day in rows:
        by_week.setdefault(monday_of(day.served_on), []).append(shown_day(day))
    # From Saturday, whoever reads wants the week that comes, unless something is still to be said of this one.
    if on.isoweekday() > 5 and all(shown.day.served_on < on for shown in by_week.get(first, [])):
        by_week.pop(first, None)
    return [Week(monday, days) for monday, days in sorted(by_week.items())]


def next_meal(website: WebSite, *, on: date) -> ShownDay | None:
    """Return the next day with a meal, when it is near: what the first page says."""
    reads("menus", "day")
    near = MenuDay.objects.kept().filter(
        website=website, served_on__gte=on, served_on__lte=on + SAID_BEFORE, is_closed=False
    )
    day = near.whole().order_by("served_on").first()
    return shown_day(day) if day is not None else None


def menu_data(page: MenuPage, weeks: Sequence[Week], *, website: WebSite) -> SafeString | str:
    """Describe a week as schema.org does; nothing without one."""
    sections = [
        {
            "@type": "MenuSection",
            "name": shown.name,
            "hasMenuItem": [_item(dish) for _, dishes in shown.courses for dish in dishes],
        }
        for week in weeks
        for shown in week.days
        if shown.courses
    ]
    if not sections:
        return ""
    data = {
        "@context": "https://schema.org",
        "@type": "Menu",
        "name": f"{page.title}, {weeks[0].name}",
        "url": website.root_url + site_path_of(page),
        "inLanguage": "fr",
        "hasMenuSection": sections,
    }
    return as_data(data)


def _item(dish: Dish) -> dict[str, Any]:
    item: dict[str, Any] = {"@type": "MenuItem", "name": dish.name}
    if any(mark.code == Mark.VEGETARIAN for mark in dish.marks.all()):
        item["suitableForDiet"] = "https://schema.org/VegetarianDiet"
    if dish.allergens:
        item["description"] = f"Allergènes\u00a0: {', '.join(dish.allergens)}"
    return item
