"""What holds of each kind of announcements: for the first page of a site, and for what depends on the day."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from wagtail.models import Page

from socle.websites.models.announcements import AnnouncementIndexPage, AnnouncementPage
from socle.websites.models.jobs import JobIndexPage, JobPage
from socle.websites.models.tenders import TenderIndexPage
from socle.websites.models.works import WorksIndexPage
from socle.websites.publishing.reads import reads


@dataclass(frozen=True)
class Announced:
    """What the first page shows of one kind."""

    title: str
    url: str
    items: list[AnnouncementPage]


# By the names that the frame gives to the pages of a site.
INDEXES: Mapping[str, type[AnnouncementIndexPage]] = {
    "works": WorksIndexPage,
    "jobs": JobIndexPage,
    "tenders": TenderIndexPage,
}
TITLES = {"works": "Travaux", "jobs": "Offres d’emploi", "tenders": "Marchés publics"}
AT_HOME = 3


def announced(home: Page, urls: Mapping[str, str], *, at: datetime) -> list[Announced]:
    """Return what holds, by kind: one query by kind that the site has opened, none for the others."""
    found = []
    for name, index in INDEXES.items():
        if name in urls and (items := list(index.kind().current(home, at=at)[:AT_HOME])):
            found.append(Announced(TITLES[name], urls[name], items))
    return found


def jobs_over(home: Page, *, on: date) -> list[int]:
    """Return the posts of a site whose page answers no more. A site that has no post does not depend on the date."""
    posts = list(JobPage.objects.descendant_of(home).live().values_list("pk", "applications_until"))
    if posts:
        reads("day")
    return [pk for pk, until in posts if until < on]
