"""What a commune announces until a date: works, jobs, tenders. One silhouette; each noun has its own file.

Each has an index of its own under the home, made when the mairie opens it, and a page by announcement. What is over
leaves the list by itself: works and tenders stay in the archives of their index, a job is simply gone.
"""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.core.paginator import EmptyPage, Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.routable_page.models import path
from wagtail.fields import StreamField
from wagtail.models import Page

from socle.lib.dates import add_months
from socle.websites.blocks import Body
from socle.websites.models.pages import DAILY, CommunePage, ListPage, site_path_of, today
from socle.websites.publishing.reads import reads

INDEX_TEMPLATE = "websites/pages/announcement_index.html"
# Further away, a date is a slip of the keyboard.
FURTHEST_MONTHS = 60
OLDEST_YEAR = 1990


def is_far(on: date) -> bool:
    """Say whether a date is so far from today that its year must have been mistyped."""
    return on.year < OLDEST_YEAR or on > add_months(today(), FURTHEST_MONTHS)


FAR = "Cette date est très loin d’aujourd’hui\u00a0: vérifiez l’année."


class AnnouncementPage(CommunePage):
    """One announcement: a title, two sentences, its dates, and more if wanted."""

    summary = models.TextField("en deux phrases", max_length=400, help_text="Ce texte s’affiche aussi dans la liste.")
    body = StreamField(Body(), verbose_name="texte complet et documents", blank=True)

    show_in_menus_default = False
    # The key of what shows announcements of this kind (socle.websites.publishing.reads).
    key: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def under(cls, page: Page) -> models.QuerySet[Any]:
        """Return those that are published under a page."""
        # Nearly all of what these lists say depends on the date.
        reads(cls.key, "day")
        return cls.objects.descendant_of(page).live()

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        """Return those to show first, in the order of the screen."""
        raise NotImplementedError

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        """Return those that are over, the latest first."""
        raise NotImplementedError

    def group(self) -> str:
        """What the list gathers it under."""
        raise NotImplementedError

    def dates(self) -> str:
        """Its dates in words, as a list says them."""
        raise NotImplementedError

    def facts(self) -> list[tuple[str, str]]:
        """What is to be known of it, term by term; what is not known is left out."""
        raise NotImplementedError

    def ended(self) -> str:
        """A few words when it is over; nothing while it is not."""
        raise NotImplementedError

    def shown_as(self) -> set[str]:
        return super().shown_as() | {self.key}

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        reads("day")
        context["known"] = [(term, said) for term, said in self.facts() if said]
        context["ended"] = self.ended()
        return context


class AnnouncementIndexPage(ListPage):
    """The list of one kind of announcements: what holds first, and what is over at its own address."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    per_page = 20
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    has_archives: ClassVar[bool] = True
    nothing: ClassVar[str]
    archives_title: ClassVar[str] = ""

    class Meta:
        abstract = True

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        """Return the class of the announcements of this list."""
        raise NotImplementedError

    def items(self) -> models.QuerySet[Any]:
        return self.kind().current(self, at=timezone.now())

    def past_paginator(self) -> Paginator[Any]:
        return Paginator(self.kind().past(self, at=timezone.now()), self.per_page)

    @path("archives/")
    def archives(self, request: HttpRequest) -> HttpResponse:
        """What is over."""
        return self._past_page(request, 1)

    @path("archives/page/<int:number>/")
    def older_archives(self, request: HttpRequest, number: int) -> HttpResponse:
        """The rest of it, from the second page on."""
        if number < 2:
            raise Http404
        return self._past_page(request, number)

    def _past_page(self, request: HttpRequest, number: int) -> HttpResponse:
        if not self.has_archives:
            raise Http404
        try:
            items = self.past_paginator().page(number)
        except EmptyPage:
            raise Http404 from None
        response: HttpResponse = self.render(
            request,
            context_overrides={"items": items, "here": f"{site_path_of(self)}archives/", "list": site_path_of(self)},
            template="websites/pages/announcement_archives.html",
        )
        return response

    def get_cached_paths(self) -> list[str]:
        found = [*super().get_cached_paths(), "/fil.atom"]
        if self.has_archives:
            pages = self.past_paginator().num_pages
            found += ["/archives/", *(f"/archives/page/{number}/" for number in range(2, pages + 1))]
        return found

    def shown_as(self) -> set[str]:
        return super().shown_as() | {self.kind().key}
