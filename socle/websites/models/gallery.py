"""Albums of photographs: a grid of small ones, and each alone, larger, at an address of its own."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path

from socle.websites.models.pages import TOWN, CommunePage, ListPage, today
from socle.websites.publishing.reads import reads


class GalleryPage(ListPage):
    """The albums, the latest first. Made when the mairie wants it."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    template = "websites/pages/gallery.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    subpage_types = ["websites.AlbumPage"]
    max_count_per_parent = 1
    menu_group = TOWN
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page de la galerie"
        verbose_name_plural = "pages de la galerie"

    def items(self) -> models.QuerySet[Any]:
        """Return the albums that have something to show, each with what it shows (`pictured`)."""
        reads("gallery")
        albums = AlbumPage.objects.child_of(self).live().filter(pk__in=AlbumPicture.objects.ready().values("album_id"))
        return albums.prefetch_related(
            Prefetch("pictures", AlbumPicture.objects.ready().with_images(), to_attr="pictured")
        ).order_by("-taken_on", "-pk")

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"gallery"}


class AlbumPictureQuerySet(models.QuerySet["AlbumPicture"]):
    """Questions about the pictures of albums."""

    def kept(self) -> AlbumPictureQuerySet:
        """Those that were not taken off."""
        return self.filter(removed_at=None)

    def ready(self) -> AlbumPictureQuerySet:
        """Those that are shown: kept, and described for whoever does not see them."""
        return self.kept().exclude(alternative="")

    def with_images(self) -> AlbumPictureQuerySet:
        """With their images and the sizes already made of them."""
        return self.select_related("image").prefetch_related("image__renditions")


class AlbumPage(RoutablePageMixin, CommunePage):
    """An album: a title, a day, its pictures."""

    taken_on = models.DateField("date", default=today)
    summary = models.CharField("en une phrase", max_length=300, blank=True)

    template = "websites/pages/album.html"
    parent_page_types: ClassVar[list[str]] = ["websites.GalleryPage"]
    show_in_menus_default = False
    found_as = "Album"
    content_panels = [FieldPanel("title", heading="Titre"), FieldPanel("taken_on"), FieldPanel("summary")]

    class Meta:
        verbose_name = "album de photographies"
        verbose_name_plural = "albums de photographies"

    def shown(self) -> list[AlbumPicture]:
        """Return what it shows, in order: two queries whatever the number."""
        reads(f"page:{self.pk}")
        return list(AlbumPicture.objects.ready().with_images().filter(album=self.pk))

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"gallery"}

    @path("")
    def grid(self, request: HttpRequest) -> HttpResponse:
        """All of them, small."""
        from socle.websites.gallery.shown import album_data

        pictures = self.shown() if self.pk else []
        data = album_data(self, pictures)
        response: HttpResponse = self.render(request, context_overrides={"pictures": pictures, "data": data})
        return response

    @path("photo/<int:number>/")
    def one(self, request: HttpRequest, number: int) -> HttpResponse:
        """One of them, large, between its neighbours."""
        pictures = self.shown()
        rank = next((rank for rank, one in enumerate(pictures) if one.number == number), None)
        if rank is None:
            raise Http404
        response: HttpResponse = self.render(
            request,
            context_overrides={
                "picture": pictures[rank],
                "rank": rank + 1,
                "count": len(pictures),
                "before": pictures[rank - 1] if rank else None,
                "after": pictures[rank + 1] if rank + 1 < len(pictures) else None,
            },
            template="websites/pages/album_photo.html",
        )
        return response

    def get_cached_paths(self) -> list[str]:
        numbers = AlbumPicture.objects.ready().filter(album=self.pk).values_list("number", flat=True)
        return ["/", *(f"/photo/{number}/" for number in numbers)]

    def found_on(self) -> date:
        return self.taken_on

    def found_by(self) -> list[str]:
        """What its pictures show."""
        return [one.alternative for one in AlbumPicture.objects.ready().filter(album=self.pk)]


class AlbumPicture(models.Model):
    """One photograph of an album. Not described yet, it waits and is not shown."""

    album = models.ForeignKey(AlbumPage, models.CASCADE, related_name="pictures", verbose_name="album")
    image = models.ForeignKey("websites.CommuneImage", models.CASCADE, related_name="+", verbose_name="image")
    # Given once, and never again: its address keeps it whatever the order becomes.
    number = models.PositiveSmallIntegerField("numéro", editable=False)
    position = models.PositiveSmallIntegerField("rang", editable=False)
    alternative = models.CharField("description", max_length=200, blank=True)
    credit = models.CharField("crédit", max_length=120, blank=True)
    added_at = models.DateTimeField("ajoutée le")
    removed_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = AlbumPictureQuerySet.as_manager()

    class Meta:
        verbose_name = "photographie d’un album"
        verbose_name_plural = "photographies des albums"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["album", "number"], name="a_picture_keeps_its_number_in_its_album")
        ]

    def __str__(self) -> str:
        return f"photographie {self.number}, album {self.album_id}"
