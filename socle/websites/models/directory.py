"""The directory of a commune: its associations, its shops, those who heal; a page, and an entry for each."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

from django.core.paginator import EmptyPage, Paginator
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.routable_page.models import path

from socle.lib.text import folded
from socle.websites.models.pages import DAILY, CommunePage, ListPage, site_path_of
from socle.websites.models.sites import WebSite
from socle.websites.publishing.reads import reads


class Category(models.TextChoices):
    """What an entry is gathered under, in the order of the screen."""

    ASSOCIATION = "association", "associations"
    SHOP = "shop", "commerces"
    FOOD = "food", "restaurants et cafés"
    CRAFT = "craft", "artisans"
    FARM = "farm", "agriculture et vente à la ferme"
    LODGING = "lodging", "hébergements"
    HEALTH = "health", "santé"
    SERVICE = "service", "entreprises et services"


# The end of the address of the page of each.
PATHS: dict[str, str] = {
    Category.ASSOCIATION: "associations",
    Category.SHOP: "commerces",
    Category.FOOD: "restaurants-et-cafes",
    Category.CRAFT: "artisans",
    Category.FARM: "agriculture-et-vente-a-la-ferme",
    Category.LODGING: "hebergements",
    Category.HEALTH: "sante",
    Category.SERVICE: "entreprises-et-services",
}
CATEGORY_AT = {path: category for category, path in PATHS.items()}


class DirectoryEntryQuerySet(models.QuerySet["DirectoryEntry"]):
    """Questions about the entries of a directory."""

    def kept(self) -> DirectoryEntryQuerySet:
        """Those that were not taken off."""
        return self.filter(removed_at=None)


class DirectoryEntry(models.Model):
    """One association or one business. What names a person is published with their consent, dated."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="directory", verbose_name="site internet")
    category = models.CharField("catégorie", max_length=12, choices=Category.choices)
    name = models.CharField("nom", max_length=120)
    # The name without accents nor case: « Écurie » comes after « Ebénisterie », as in a French directory.
    sort_name = models.CharField("nom, pour le classement", max_length=160, editable=False)
    activity = models.CharField("activité", max_length=300, blank=True)
    place = models.CharField("lieu", max_length=200, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    link = models.CharField("site internet de la structure", max_length=300, blank=True)
    hours = models.CharField("horaires", max_length=200, blank=True)
    picture = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="photographie"
    )
    picture_alternative = models.CharField("description de la photographie", max_length=200, blank=True)
    is_person = models.BooleanField("nomme une personne", default=False)
    agreed_on = models.DateField("accord de la personne donné le", null=True, blank=True)
    added_at = models.DateTimeField("ajoutée le")
    imported_at = models.DateTimeField("importée le", null=True, blank=True)
    removed_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = DirectoryEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche de l’annuaire"
        verbose_name_plural = "fiches de l’annuaire"
        ordering = ["sort_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["website", "category", "sort_name"],
                condition=Q(removed_at=None),
                name="one_entry_of_a_name_in_a_category",
                violation_error_message="Une fiche porte déjà ce nom dans cette catégorie.",
            ),
            models.CheckConstraint(
                condition=Q(is_person=False) | Q(agreed_on__isnull=False),
                name="a_person_agreed_to_be_listed",
                violation_error_message="Une fiche qui nomme une personne demande son accord, et sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"fiche {self.pk}, site {self.website_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_name = folded(self.name)[:160]
        super().save(*args, **kwargs)

    @property
    def phone_href(self) -> str:
        """The phone as a `tel:` link wants it: digits and a leading plus only."""
        return "".join(character for character in self.phone if character.isdigit() or character == "+")


class DirectoryPage(ListPage):
    """All the entries in alphabetical order, and a page for each category that has some. Made when it is wanted."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    template = "websites/pages/directory.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    per_page = 60
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page de l’annuaire"
        verbose_name_plural = "pages de l’annuaire"

    def entries(self) -> models.QuerySet[DirectoryEntry]:
        """Return what is listed, in alphabetical order."""
        reads("directory")
        rows = DirectoryEntry.objects.kept().filter(website=self.website())
        return rows.select_related("picture").prefetch_related("picture__renditions")

    def items(self) -> models.QuerySet[DirectoryEntry]:
        return self.entries()

    def category_paginator(self, category: str) -> Paginator[DirectoryEntry]:
        return Paginator(self.entries().filter(category=category), self.per_page)

    def found_inside(self) -> Iterator[tuple[str, str, str]]:
        """Each entry is found by itself, where it is listed with those of its category."""
        seen: Counter[str] = Counter()
        reads("directory")
        for entry in DirectoryEntry.objects.kept().filter(website=self.website()):
            number = seen[entry.category] // self.per_page + 1
            seen[entry.category] += 1
            page = f"page/{number}/" if number > 1 else ""
            said = ", ".join(filter(None, [entry.activity, entry.place, entry.phone, entry.hours]))
            yield f"{site_path_of(self)}{PATHS[entry.category]}/{page}", entry.name, said

    def counts(self) -> list[tuple[str, str, int]]:
        """Return the categories that have entries: their path, their name, how many."""
        reads("directory")
        rows = DirectoryEntry.objects.kept().filter(website=self.website()).order_by()
        found = dict(rows.values_list("category").annotate(count=models.Count("pk")))
        return [(PATHS[code], str(label), found[code]) for code, label in Category.choices if code in found]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["counts"] = self.counts()
        context["directory"] = site_path_of(self)
        return context

    @path("<slug:category>/")
    def category(self, request: HttpRequest, category: str) -> HttpResponse:
        """The entries of one category."""
        return self._category_page(request, category, 1)

    @path("<slug:category>/page/<int:number>/")
    def rest_of_category(self, request: HttpRequest, category: str, number: int) -> HttpResponse:
        """The rest of them, from the second page on."""
        if number < 2:
            raise Http404
        return self._category_page(request, category, number)

    def _category_page(self, request: HttpRequest, place: str, number: int) -> HttpResponse:
        code = CATEGORY_AT.get(place)
        if code is None:
            raise Http404
        try:
            items = self.category_paginator(code).page(number)
        except EmptyPage:
            raise Http404 from None
        if not items.object_list:
            raise Http404
        context = {
            "items": items,
            "here": f"{site_path_of(self)}{place}/",
            "category": str(Category(code).label),
            "category_path": place,
        }
        response: HttpResponse = self.render(request, context_overrides=context)
        return response

    def get_cached_paths(self) -> list[str]:
        found = super().get_cached_paths()
        for place, _, count in self.counts():
            pages = -(-count // self.per_page)
            found += [f"/{place}/", *(f"/{place}/page/{number}/" for number in range(2, pages + 1))]
        return found
