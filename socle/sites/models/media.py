"""Images and files of a site, in its own folder.

The `tags` that Wagtail's models carry are in no form and no search: they would be shared between communes.
"""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django_scopes import scopes_disabled
from PIL import ImageOps
from wagtail.documents.models import AbstractDocument, DocumentQuerySet
from wagtail.images.models import AbstractImage, AbstractRendition, ImageQuerySet
from wagtail.models import Collection
from willow.image import AvifImageFile
from willow.plugins.pillow import PillowImage
from willow.registry import registry

from socle.lib.text import slug
from socle.lib.waits import wait_aside
from socle.sites.models.sites import WebSite, edited
from socle.sites.publishing.reads import depend_on

# Of libavif, from 0 to 10; 6 of itself. A tenth of the time for 12 % more bytes (docs/decisions/0112).
AVIF_SPEED = 9
# The folder of the pictures that several sites show.
SHARED = "shared"


class EditedCollection(Value):
    """The collection being edited, read when the query runs and not when it is written.

    Wagtail keeps some querysets for the life of the process (the choices of an image block): what they were given by
    the first request would otherwise stay for all the others.
    """

    def __init__(self) -> None:
        super().__init__(None, output_field=models.IntegerField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        website = edited.get()
        return "%s", [website.collection_id if website is not None else None]


class OwnFirst(models.Manager[Any]):
    """In the editor, the images and files of the site being edited; elsewhere, all of them.

    A forged number then finds nothing to show, not even in the form sent back with its error.
    """

    def get_queryset(self) -> models.QuerySet[Any]:
        # Outside the editor the value is NULL, and the collection is compared with itself.
        return super().get_queryset().filter(collection_id=Coalesce(EditedCollection(), F("collection_id")))


def folder_of(collection_id: int | None) -> str:
    """Return the media folder of the site that owns this collection.

    What is at the root belongs to no site: the pictures that are shared, served by the sites that show them and by no
    other (socle.syndication.presenters).
    """
    if collection_id is None:
        return "orphans"
    with scopes_disabled():
        website = WebSite.objects.filter(collection_id=collection_id).only("slug").first()
    if website is not None:
        return str(website.media_folder)
    return SHARED if Collection.objects.filter(pk=collection_id, depth=1).exists() else "orphans"


def document_path(document: CommuneDocument, filename: str) -> str:
    """Return where the file of a document is kept, relative to the media root."""
    return document.get_upload_to(filename)


def safe_name(filename: str) -> str:
    """Return the file's name in ASCII, short, with its suffix in lower case."""
    path = PurePosixPath(filename.replace("\\", "/"))
    return (slug(path.stem)[:80] or "fichier") + path.suffix.lower()[:10]


def upright_and_silent(self: PillowImage) -> PillowImage:
    """Turn an image the right way up, and forget all that it says of its place, its time and its camera.

    This is the first thing done to an image whose size is changed; what the library keeps by itself goes on the web.
    """
    image = ImageOps.exif_transpose(self.image).copy()
    image.info = {name: value for name, value in image.info.items() if name in {"icc_profile", "transparency"}}
    image.getexif().clear()
    return PillowImage(image)


save_as_avif = PillowImage.save_as_avif


def save_as_quick_avif(self: PillowImage, file: Any, **asked: Any) -> AvifImageFile:
    """Save as the library does, at a speed that it lets nobody choose (docs/decisions/0112)."""
    # Of this image alone. One in the colours of a printer is made anew by the library, which then takes its time.
    self.image.save = partial(self.image.save, speed=AVIF_SPEED)
    saved: AvifImageFile = save_as_avif(self, file, **asked)
    return saved


PillowImage.save_as_avif = save_as_quick_avif  # type: ignore[method-assign]
registry.register_operation(PillowImage, "auto_orient", upright_and_silent)


class CommuneImage(AbstractImage):
    """An image of one site. Only its renditions are public: an original of former days may tell where it was taken."""

    # Whose it is must be said (Code de la propriété intellectuelle, article L121-1): beside it, wherever it is alone.
    credit = models.CharField(
        "crédit",
        max_length=200,
        blank=True,
        db_default="",
        help_text="Qui l’a prise, et sous quelle licence\u00a0; ce texte s’affiche sous l’image.",
    )

    search_auto_update = False
    admin_form_fields = ("title", "file", "description", "credit", "collection", "focal_point_x", "focal_point_y")
    search_fields = [field for field in AbstractImage.search_fields if getattr(field, "field_name", "") != "tags"]

    objects = OwnFirst.from_queryset(ImageQuerySet)()  # type: ignore[misc, assignment]

    def generate_rendition_file(self, filter: Any, *, source: Any = None) -> ContentFile[bytes]:
        # In a request, somebody edits and looks at thumbnails: no visitor waits for them.
        wait_aside()
        # The library leaves its temporary file open until the memory is cleaned.
        with super().generate_rendition_file(filter, source=source) as file:
            file.seek(0)
            return ContentFile(file.read(), name=file.name)

    def get_rendition(self, filter: Any) -> Any:
        depend_on(f"image:{self.pk}")
        return super().get_rendition(filter)

    def get_renditions(self, *filters: Any) -> Any:
        depend_on(f"image:{self.pk}")
        return super().get_renditions(*filters)

    class Meta(AbstractImage.Meta):
        verbose_name = "image"
        verbose_name_plural = "images"
        permissions = [("choose_image", "Can choose image")]

    def get_upload_to(self, filename: str) -> str:
        return f"{folder_of(self.collection_id)}/originals/{safe_name(filename)}"


class CommuneRendition(AbstractRendition):
    """One size of an image, as the public site shows it."""

    image = models.ForeignKey(CommuneImage, models.CASCADE, related_name="renditions", verbose_name="image")

    class Meta:
        verbose_name = "format d’image"
        verbose_name_plural = "formats d’images"
        constraints = [
            models.UniqueConstraint(fields=["image", "filter_spec", "focal_point_key"], name="one_rendition_per_filter")
        ]

    def get_upload_to(self, filename: str) -> str:
        return f"{folder_of(self.image.collection_id)}/images/{filename}"


class CommuneDocument(AbstractDocument):
    """A file of one site, served by its site only, whatever the host it is asked on."""

    file = models.FileField("fichier", upload_to=document_path)
    # Whether a PDF says its structure to a screen reader: unknown until it is examined (socle.sites.readability).
    is_tagged = models.BooleanField("balisé", null=True, editable=False)
    examined_hash = models.CharField("empreinte du fichier examiné", max_length=40, blank=True, editable=False)
    examined_at = models.DateTimeField("examiné le", null=True, editable=False)

    search_auto_update = False
    admin_form_fields = ("title", "file", "collection")
    search_fields = [field for field in AbstractDocument.search_fields if getattr(field, "field_name", "") != "tags"]

    objects = OwnFirst.from_queryset(DocumentQuerySet)()  # type: ignore[misc, assignment]

    class Meta(AbstractDocument.Meta):
        verbose_name = "document"  # type: ignore[assignment]
        permissions = [("choose_document", "Can choose document")]

    def get_upload_to(self, filename: str) -> str:
        return f"{folder_of(self.collection_id)}/documents/{safe_name(filename)}"

    @property
    def url(self) -> str:
        """Its address on its own site, relative: the editor reads the same address through its own checked view."""
        depend_on(f"document:{self.pk}")
        return f"/documents/{self.pk}/{self.filename}"


class MapPicture(models.Model):
    """The ground under the map of a site: made once by the platform, and again when what it is made of changes.

    Without a file there was nothing to draw, or nobody to draw it; `problem` says what a source that was asked lacked.
    """

    website = models.OneToOneField(WebSite, models.CASCADE, related_name="map_picture", verbose_name="site internet")
    file = models.FileField("fichier", max_length=200, blank=True)
    credit = models.CharField("source", max_length=200, blank=True)
    licence = models.CharField("licence", max_length=100, blank=True)
    source_date = models.CharField("date de la source", max_length=40, blank=True)
    made_of = models.CharField("empreinte de ce qui l’a faite", max_length=64, blank=True)
    made_at = models.DateTimeField("faite le", null=True)
    looked_at = models.DateTimeField("vérifiée le", db_index=True)
    problem = models.TextField("ce qui a manqué", blank=True)

    class Meta:
        verbose_name = "fond de plan"
        verbose_name_plural = "fonds de plan"

    def __str__(self) -> str:
        return f"fond de plan, site {self.website_id}"
