"""The listing of a commune: its associations, its shops, those who heal, its schools and venues; an entry for each."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.routable_page.models import re_path

from socle.lib.text import folded, slug, unbroken
from socle.sites.frame import DAILY
from socle.sites.models.pages import CommunePage, ListPage, site_path_of
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on

# What every page that shows an entry reads (socle.sites.publishing.reads).
KEY = "listing"


class Kind(models.TextChoices):
    """Categories of entries, in the order of the screen. A label is also an address: it does not change."""

    ASSOCIATION = "association", "associations"
    SHOP = "shop", "commerces"
    FOOD = "food", "restaurants et cafés"
    CRAFT = "craft", "artisans"
    FARM = "farm", "agriculture et vente à la ferme"
    LODGING = "lodging", "hébergements"
    HEALTH = "health", "santé"
    SERVICE = "service", "entreprises et services"
    SCHOOL = "school", "écoles"
    VENUE = "venue", "équipements et salles"


# The end of the address of the page of each.
PATHS: dict[str, str] = {code: slug(str(label)) for code, label in Kind.choices}
KIND_AT = {place: code for code, place in PATHS.items()}


class ListingEntryQuerySet(models.QuerySet["ListingEntry"]):
    """Questions about the entries of a listing."""

    def kept(self) -> ListingEntryQuerySet:
        """Those that were not taken off."""
        return self.filter(removed_at=None)


class ListingEntry(models.Model):
    """An association, a business, a school, a venue. What names a person is published with their consent, dated."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="listing", verbose_name="site internet")
    kind = models.CharField("catégorie", max_length=12, choices=Kind.choices)
    name = models.CharField("nom", max_length=150)
    # The name without accents nor case: « Écurie » comes after « Ebénisterie », as in a French directory.
    sort_name = models.CharField("nom, pour le classement", max_length=160, editable=False)
    activity = models.CharField("activité", max_length=600, blank=True)
    place = models.CharField("lieu", max_length=200, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    link = models.CharField("site internet de la structure", max_length=300, blank=True)
    hours = models.CharField("horaires", max_length=300, blank=True)
    picture = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="photographie"
    )
    picture_alternative = models.CharField("description de la photographie", max_length=200, blank=True)
    is_person = models.BooleanField("nomme une personne", default=False)
    agreed_on = models.DateField("accord de la personne donné le", null=True, blank=True)
    added_at = models.DateTimeField("ajoutée le")
    removed_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = ListingEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche de l’annuaire"
        verbose_name_plural = "fiches de l’annuaire"
        ordering = ["sort_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["website", "kind", "sort_name"],
                condition=Q(removed_at=None),
                name="one_entry_of_a_name_in_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(is_person=False) | Q(agreed_on__isnull=False), name="a_person_agreed_to_be_listed"
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


class ListingPage(ListPage):
    """All the entries in alphabetical order, and a page for each kind that has some. Made with the first entry."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    template = "websites/pages/listing.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    per_page = 60
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page de l’annuaire"
        verbose_name_plural = "pages de l’annuaire"

    def entries(self) -> models.QuerySet[ListingEntry]:
        """Return what is listed, in alphabetical order."""
        depend_on(KEY)
        return ListingEntry.objects.kept().filter(website=self.website())

    def items(self) -> models.QuerySet[ListingEntry]:
        return self.entries().select_related("picture").prefetch_related("picture__renditions")

    def found_inside(self) -> Iterator[tuple[str, str, str]]:
        """Each kind is found by its name, and each entry by itself, where it is listed with those of its kind."""
        entries = list(self.entries())
        for code, label in Kind.choices:
            if names := [entry.name for entry in entries if entry.kind == code]:
                yield f"{site_path_of(self)}{PATHS[code]}/", str(label).capitalize(), ", ".join(names)
        seen: Counter[str] = Counter()
        for entry in entries:
            number = seen[entry.kind] // self.per_page + 1
            seen[entry.kind] += 1
            page = f"page/{number}/" if number > 1 else ""
            # A sentence among them keeps its point only at the end.
            parts = [entry.activity.rstrip(" ."), entry.place.rstrip(" ."), unbroken(entry.phone), entry.hours]
            said = ", ".join(filter(None, parts))
            yield f"{site_path_of(self)}{PATHS[entry.kind]}/{page}", entry.name, said

    def counts(self) -> list[tuple[str, str, int]]:
        """Return the kinds that have entries: their path, their name, how many."""
        rows = self.entries().order_by().values_list("kind").annotate(count=models.Count("pk"))
        found = dict(rows)
        return [(PATHS[code], str(label), found[code]) for code, label in Kind.choices if code in found]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["counts"] = self.counts()
        context["listing"] = site_path_of(self)
        return context

    @re_path(r"^(?P<kind>[a-z-]+)/(?:page/(?P<number>[2-9]|[1-9][0-9]+)/)?$")
    def of_kind(self, request: HttpRequest, kind: str, number: str = "1") -> HttpResponse:
        """Show the entries of one kind."""
        code = KIND_AT.get(kind)
        found = self.items().filter(kind=code or "")
        if not found.exists():
            raise Http404
        said: dict[str, Any] = {
            "kind": str(Kind(KIND_AT[kind]).label),
            "kind_path": kind,
            # The venues are open data too; those that name a person are not.
            "has_file": code == Kind.VENUE and found.filter(is_person=False).exists(),
        }
        return self.page_of(request, found, number, below=f"{kind}/", **said)

    def get_cached_paths(self) -> list[str]:
        found = super().get_cached_paths()
        for place, _, count in self.counts():
            pages = -(-count // self.per_page)
            found += [f"/{place}/", *(f"/{place}/page/{number}/" for number in range(2, pages + 1))]
        return found
