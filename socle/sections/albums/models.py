"""An album: a page of photographs, chosen many at once, each with its words."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Prefetch
from django.http import HttpRequest
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, HelpPanel, MultipleChooserPanel
from wagtail.models import Orderable, Page

from socle.sites.alternatives import FILE_NAME, NAMED
from socle.sites.models.pages import CommunePage, today
from socle.sites.publishing.reads import depend_on

# Six sizes are made of each photograph: an album of more would keep the publication of the site waiting.
MOST_PICTURES = 60


class AlbumPage(CommunePage):
    """An album: a title, a day, its photographs."""

    taken_on = models.DateField("date", default=today)
    summary = models.CharField("en une phrase", max_length=300, blank=True)

    template = "websites/pages/album.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage", "websites.StandardPage"]
    show_in_menus_default = False
    found_as = "Album"
    content_panels = [
        FieldPanel("title", heading="Titre"),
        FieldPanel("taken_on"),
        FieldPanel("summary"),
        HelpPanel(template="websites/editor/album_help.html", heading="Photographies"),
        MultipleChooserPanel(
            "pictures",
            chooser_field_name="image",
            heading="Photographies de l’album",
            label="Photographie",
            max_num=MOST_PICTURES,
            panels=[FieldPanel("image"), FieldPanel("alternative"), FieldPanel("credit")],
        ),
    ]

    class Meta:
        verbose_name = "album de photographies"
        verbose_name_plural = "albums de photographies"

    def shown(self) -> list[AlbumPicture]:
        """Return the photographs it shows, in order: those that are described."""
        rows = self.pictures.select_related("image").prefetch_related("image__renditions")
        return [one for one in rows if one.alternative]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context(request, *args, **kwargs) | {"pictures": self.shown()}

    def found_on(self) -> date:
        return self.taken_on

    def found_by(self) -> list[str]:
        """Return the text of its photographs."""
        return [one.alternative for one in self.pictures.all()]


class AlbumPicture(Orderable):
    """One photograph of an album. Not described yet, it waits and is not shown."""

    album = ParentalKey(AlbumPage, on_delete=models.CASCADE, related_name="pictures", verbose_name="album")
    image = models.ForeignKey("websites.CommuneImage", models.CASCADE, related_name="+", verbose_name="image")
    alternative = models.CharField(
        "ce qu’elle montre",
        max_length=200,
        blank=True,
        help_text="En une phrase. Vide\u00a0: elle attend.",
    )
    credit = models.CharField("crédit", max_length=120, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = "photographie d’un album"
        verbose_name_plural = "photographies des albums"

    def __str__(self) -> str:
        return f"photographie {self.pk}, album {self.album_id}"

    def clean(self) -> None:
        super().clean()
        if FILE_NAME.fullmatch(self.alternative.strip()):
            raise ValidationError({"alternative": NAMED.format(self.alternative.strip()[:60])})


def albums_under(page: Page) -> models.QuerySet[AlbumPage]:
    """Return the albums under a page that have something to show, the latest first, each with it (`pictured`)."""
    depend_on("tree")
    described = AlbumPicture.objects.exclude(alternative="")
    shown = described.select_related("image").prefetch_related("image__renditions")
    return (
        AlbumPage.objects.child_of(page)
        .live()
        .filter(pk__in=described.values("album_id"))
        .prefetch_related(Prefetch("pictures", shown, to_attr="pictured"))
        .order_by("-taken_on", "-pk")
    )
