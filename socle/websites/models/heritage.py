"""The history and the heritage of a commune: a page by place or by period, and their list."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField

from socle.websites.blocks import Body
from socle.websites.models.pages import TOWN, CommunePage, ListPage
from socle.websites.models.panels import PICTURE
from socle.websites.publishing.reads import reads


class HeritageIndexPage(ListPage):
    """The places, then the periods, in the order of the mairie. Made when it wants it."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    template = "websites/pages/heritage_index.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    subpage_types = ["websites.HeritagePage"]
    max_count_per_parent = 1
    menu_group = TOWN
    per_page = 24
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page de l’histoire et du patrimoine"
        verbose_name_plural = "pages de l’histoire et du patrimoine"

    def items(self) -> models.QuerySet[Any]:
        reads("heritage")
        pages = HeritagePage.objects.child_of(self).live().select_related("picture")
        return pages.prefetch_related("picture__renditions").order_by("-kind", "path")

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"heritage"}


class HeritagePage(CommunePage):
    """A place, or a period: what it is, from when, where; whether it is protected, and who says so."""

    class Kind(models.TextChoices):
        # In this order of codes, read backwards, places come first.
        PERIOD = "period", "une période, une histoire"
        PLACE = "place", "un lieu, un monument"

    class Protection(models.TextChoices):
        NONE = "", "aucune protection connue"
        LISTED = "listed", "classé au titre des monuments historiques"
        REGISTERED = "registered", "inscrit au titre des monuments historiques"
        OTHER = "other", "autre protection"

    kind = models.CharField("ce que c’est", max_length=10, choices=Kind.choices, default=Kind.PLACE)
    summary = models.TextField("en deux phrases", max_length=400, help_text="Ce texte s’affiche aussi dans la liste.")
    dates = models.CharField(
        "époque", max_length=120, blank=True, help_text="Par exemple\u00a0: XVIe\u00a0siècle, clocher refait en 1864."
    )
    address = models.CharField("adresse", max_length=200, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True, help_text="Par exemple 50.0812.")
    longitude = models.FloatField("longitude", null=True, blank=True, help_text="Par exemple 3.7705.")
    visit = models.CharField(
        "visite",
        max_length=300,
        blank=True,
        help_text="Quand on y entre, et à qui s’adresser. Vide\u00a0: rien à dire.",
    )
    protection = models.CharField("protection", max_length=12, choices=Protection.choices, blank=True)
    protection_source = models.CharField(
        "d’où vous le savez",
        max_length=200,
        blank=True,
        help_text="L’arrêté et sa date, ou la notice de la base Mérimée (elle commence par PA).",
    )
    picture = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="image"
    )
    picture_alternative = models.CharField("description de l’image", max_length=200, blank=True)
    picture_is_decorative = models.BooleanField("elle ne fait que décorer", default=False, db_default=False)
    picture_credit = models.CharField("crédit de l’image", max_length=120, blank=True)
    body = StreamField(Body(), verbose_name="texte, images et documents", blank=True)

    template = "websites/pages/heritage.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HeritageIndexPage"]
    show_in_menus_default = False
    found_as = "Patrimoine"
    content_panels = [
        FieldPanel("title", heading="Titre"),
        FieldPanel("kind"),
        FieldPanel("summary"),
        FieldPanel("dates"),
        PICTURE,
        FieldPanel("picture_credit"),
        FieldPanel("body"),
        MultiFieldPanel(
            [
                FieldPanel("address"),
                FieldRowPanel([FieldPanel("latitude"), FieldPanel("longitude")]),
                FieldPanel("visit"),
            ],
            heading="Où c’est",
        ),
        MultiFieldPanel([FieldPanel("protection"), FieldPanel("protection_source")], heading="Protection"),
    ]

    class Meta:
        verbose_name = "page d’histoire ou de patrimoine"
        verbose_name_plural = "pages d’histoire ou de patrimoine"
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="a_place_of_heritage_is_on_the_earth",
                violation_error_message="Cette position n’existe pas\u00a0: vérifiez la latitude et la longitude.",
            )
        ]

    def clean(self) -> None:
        super().clean()
        if (self.latitude is None) != (self.longitude is None):
            missing = "latitude" if self.latitude is None else "longitude"
            raise ValidationError({missing: "Donnez la latitude et la longitude, ou effacez les deux."})
        if self.protection and not self.protection_source.strip():
            raise ValidationError(
                {
                    "protection_source": "Dites d’où vous le savez\u00a0: l’arrêté et sa date, ou la notice de la base "
                    "Mérimée. Sinon, choisissez «\u00a0aucune protection connue\u00a0»."
                }
            )
        if self.protection_source.strip() and not self.protection:
            raise ValidationError({"protection": "Choisissez la protection dont vous donnez la source."})

    @property
    def is_place(self) -> bool:
        return self.kind == self.Kind.PLACE

    @property
    def group(self) -> str:
        """What the list gathers it under."""
        return "Lieux et monuments" if self.is_place else "Histoire"

    @property
    def map_link(self) -> str:
        """A plain link to a map of the place; nothing is loaded from it."""
        if self.latitude is None or self.longitude is None:
            return ""
        place = f"{self.latitude}/{self.longitude}"
        return f"https://www.openstreetmap.org/?mlat={self.latitude}&mlon={self.longitude}#map=17/{place}"

    def facts(self) -> list[tuple[str, str]]:
        """What is to be known of it, term by term; what is not known is left out."""
        protected = (
            f"{self.get_protection_display().capitalize()} ({self.protection_source})" if self.protection else ""
        )
        said = [("Époque", self.dates), ("Visite", self.visit), ("Protection", protected)]
        return [(term, words) for term, words in said if words]

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"heritage"}

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.heritage.shown import heritage_data
        from socle.websites.maps import map_with

        context = super().get_context(request, *args, **kwargs)
        website = context["frame"].website
        context["known"] = self.facts()
        context["place_map"] = map_with(website, latitude=self.latitude, longitude=self.longitude)
        context["data"] = heritage_data(self, context["frame"])
        return context
