"""Dated notices of a commune: works, jobs, public tenders and public inquiries, of one silhouette, under one index.

A notice leaves the list by itself the day after its last day, and stays in the archives of the index.
"""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, When
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.contrib.routable_page.models import re_path
from wagtail.fields import StreamField
from wagtail.models import Page

from socle.lib.dates import add_months, in_days, weekday_in_words
from socle.lib.hours import hour
from socle.sites.blocks import Body
from socle.sites.frame import DAILY
from socle.sites.models.pages import CommunePage, ListPage, today
from socle.sites.publishing.reads import depend_on

# Outside of these, the year of a date is a slip of the keyboard.
FURTHEST_MONTHS = 60
OLDEST_YEAR = 1990
AT_HOME = 5
ORDER = "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates."


class Category(models.TextChoices):
    """Categories of notices."""

    WORKS = "works", "travaux"
    JOB = "job", "offre d’emploi"
    TENDER = "tender", "marché public"
    INQUIRY = "inquiry", "enquête publique"


# The lists of one category: the word of their address below the index, and their title.
LISTS: Mapping[str, tuple[Category, str]] = {
    "travaux": (Category.WORKS, "Travaux"),
    "emploi": (Category.JOB, "Offres d’emploi"),
    "marches-publics": (Category.TENDER, "Marchés publics"),
    "enquetes-publiques": (Category.INQUIRY, "Enquêtes publiques"),
}
# What the dates of a category bound, where it is not the thing itself; and what its link leads to.
DATED: Mapping[str, str] = {Category.JOB: "candidatures", Category.TENDER: "offres"}
LINKS: Mapping[str, str] = {Category.TENDER: "Dossier et réponses sur le profil d’acheteur"}


class NoticePage(CommunePage):
    """One notice: a title, two sentences, a category, its last day, and more if wanted."""

    category = models.CharField("rubrique", max_length=10, choices=Category.choices, default=Category.WORKS)
    summary = models.TextField("en deux phrases", max_length=400, help_text="Ce texte s’affiche aussi dans la liste.")
    starts_on = models.DateField(
        "premier jour", null=True, blank=True, help_text="Vide si seule compte la date limite (emploi, marché)."
    )
    ends_on = models.DateField(
        "dernier jour",
        help_text="Fin des travaux ou de l’enquête, date limite des candidatures ou des offres. Une prévision suffit.",
    )
    ends_at = models.TimeField(
        "heure limite", null=True, blank=True, help_text="Pour un marché\u00a0: l’heure de Paris, par exemple 12:00."
    )
    place = models.CharField("lieu", max_length=200, blank=True, help_text="Par exemple\u00a0: rue de l’Église.")
    contact = models.CharField("qui renseigne", max_length=200, blank=True)
    link = models.URLField(
        "lien",
        max_length=500,
        blank=True,
        help_text="Pour un marché, la page du profil d’acheteur où retirer le dossier et répondre. L’adresse commence "
        "par https://.",
    )
    body = StreamField(Body(), verbose_name="texte complet et documents", blank=True)

    template = "websites/pages/notice.html"
    parent_page_types: ClassVar[list[str]] = ["notices.NoticeIndexPage"]
    show_in_menus_default = False
    found_as = "Annonce"
    content_panels = [
        FieldPanel("title", heading="Titre"),
        FieldPanel("category"),
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on"), FieldPanel("ends_at")], heading="Dates"),
        FieldPanel("place"),
        FieldPanel("contact"),
        FieldPanel("link"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "annonce"
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="a_notice_ends_after_it_starts",
                violation_error_message=ORDER,
            )
        ]

    def clean(self) -> None:
        super().clean()
        errors: dict[str, str] = {}
        for name in ("starts_on", "ends_on"):
            on = getattr(self, name)
            if on is not None and (on.year < OLDEST_YEAR or on > add_months(today(), FURTHEST_MONTHS)):
                errors[name] = "Cette date est très loin d’aujourd’hui\u00a0: vérifiez l’année."
        if not errors and self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            errors["ends_on"] = ORDER
        if self.link and not self.link.startswith("https://"):
            errors["link"] = "L’adresse doit commencer par https://."
        if errors:
            raise ValidationError(errors)

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return self.ends_on is not None and self.ends_on < today()

    @property
    def group(self) -> str:
        """Return its heading in the list."""
        return "À venir" if self.starts_on and self.starts_on > today() else "En ce moment"

    @property
    def dates(self) -> str:
        """Its dates in words: « du 1er au 4 décembre 2026 », « jusqu’au jeudi 10 décembre 2026 à 12 h »."""
        until = f"jusqu’au {weekday_in_words(self.ends_on)}"
        said = in_days(self.starts_on, self.ends_on) if self.starts_on else until
        return said + (f" à {hour(self.ends_at)}" if self.ends_at else "")

    @property
    def dated(self) -> str:
        """Return the thing that these dates bound: « candidatures », « offres », or nothing: the thing itself."""
        return DATED.get(self.category, "")

    @property
    def link_words(self) -> str:
        return LINKS.get(self.category, "En savoir plus")

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"notices"}

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.sections.notices.public import job_data

        context = super().get_context(request, *args, **kwargs)
        depend_on("day")
        if self.category == Category.JOB and self.ends_on and not self.is_over:
            context["structured"] = job_data(self, frame=context["frame"])
        return context


def current(page: Page, *, on: date) -> models.QuerySet[NoticePage]:
    """Return the notices under a page that are not over: those that have begun first, the nearest end first."""
    # Nearly all of what these lists say depends on the date.
    depend_on("notices", "day")
    to_come = Case(When(starts_on__gt=on, then=1), default=0)
    return NoticePage.objects.descendant_of(page).live().filter(ends_on__gte=on).order_by(to_come, "ends_on", "pk")


def past(page: Page, *, on: date) -> models.QuerySet[NoticePage]:
    """Return the notices under a page that are over, the latest first."""
    depend_on("notices", "day")
    return NoticePage.objects.descendant_of(page).live().filter(ends_on__lt=on).order_by("-ends_on", "-pk")


class NoticeIndexPage(ListPage):
    """The notices of a commune: what holds, the same by category, and what is over at its own address."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    template = "websites/pages/notice_index.html"
    named = "notices"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    subpage_types = ["notices.NoticePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    per_page = 20
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page des annonces"
        verbose_name_plural = "pages des annonces"

    def items(self) -> models.QuerySet[NoticePage]:
        return current(self, on=today())

    def parts(self) -> dict[str, tuple[str, models.QuerySet[NoticePage]]]:
        """Return the lists below the index: the end of their address, their title and what they hold."""
        shown = {
            f"categorie/{word}": (title, self.items().filter(category=category))
            for word, (category, title) in LISTS.items()
        }
        return {**shown, "archives": ("Annonces passées", past(self, on=today()))}

    @re_path(r"^(?P<part>archives|categorie/[a-z-]+)/(?:page/(?P<number>[2-9]|[1-9][0-9]+)/)?$")
    def part(self, request: HttpRequest, part: str, number: str = "1") -> HttpResponse:
        """One category, or what is over."""
        parts = self.parts()
        if part not in parts:
            raise Http404
        title, found = parts[part]
        return self.page_of(request, found, number, below=f"{part}/", part=part, part_title=title)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["parts"] = [(part, title) for part, (title, _) in self.parts().items()]
        return context

    def get_cached_paths(self) -> list[str]:
        found = [*super().get_cached_paths(), "/fil.atom"]
        for part, (_, items) in self.parts().items():
            found += self.paths_of(items, f"{part}/")
        return found

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"notices"}
