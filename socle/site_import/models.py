"""Models: what a commune imports from the site it had: one import, and each thing that was found there."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager
from wagtail.models import Page

from socle.people.models import User
from socle.sites.models.media import CommuneDocument, CommuneImage
from socle.sites.models.sites import WebSite


class Source(models.TextChoices):
    """Where the former site is read."""

    WORDPRESS = "wordpress", "export WordPress"
    CRAWL = "crawl", "lecture du site"


class Status(models.TextChoices):
    LOOKING = "looking", "en lecture"
    SEEN = "seen", "lu, à choisir"
    IMPORTING = "importing", "en cours d’apport"
    STOPPED = "stopped", "arrêté"
    DONE = "done", "terminé"
    TAKING_BACK = "taking_back", "en cours de retrait"
    TAKEN_BACK = "taken_back", "retiré"
    FAILED = "failed", "en échec"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.LOOKING: (Status.SEEN, Status.STOPPED, Status.FAILED),
    # What was read before the look was stopped may be imported.
    Status.SEEN: (Status.IMPORTING,),
    Status.IMPORTING: (Status.DONE, Status.STOPPED),
    Status.STOPPED: (Status.LOOKING, Status.IMPORTING, Status.TAKING_BACK),
    # What failed, or was not ticked the first time.
    Status.DONE: (Status.IMPORTING, Status.TAKING_BACK),
    Status.TAKING_BACK: (Status.TAKEN_BACK,),
    Status.TAKEN_BACK: (),
    Status.FAILED: (),
}
AT_WORK = (Status.LOOKING, Status.IMPORTING, Status.TAKING_BACK)


class SiteImportQuerySet(models.QuerySet["SiteImport"]):
    def at_work(self) -> Self:
        """Those of which something is being read, or written."""
        return self.filter(status__in=AT_WORK)


SiteImportManager = models.Manager.from_queryset(SiteImportQuerySet)


class SiteImport(models.Model):
    """A former site read once, and what was imported from it, as drafts.

    `address` is that of the former site; for an export, the one the export says it comes from. `file`
    is the export while it waits to be read: it is erased as soon as it was, since it holds more than what is taken.
    """

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="imports", verbose_name="site internet")
    source = models.CharField("source", max_length=10, choices=Source.choices)
    address = models.CharField("adresse de l’ancien site", max_length=500, blank=True)
    file = models.FileField("export à lire", max_length=250, blank=True)
    status = models.CharField("état", max_length=15, choices=Status.choices, default=Status.LOOKING)
    says = models.CharField("ce qui s’est passé", max_length=500, blank=True)
    # Who began it, or carries it on since: it stops when their function at the mairie ends.
    started_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="lancé par"
    )
    started_at = models.DateTimeField("lancé le")
    # The moment at which that person said that the former site is the commune's.
    declared_at = models.DateTimeField("déclaré comme celui de la commune le", null=True, blank=True)
    # A site without a map is read by its links, from the home.
    is_read_by_links = models.BooleanField("lu par ses liens", default=False)
    # The addresses were listed: what remains is to read each.
    is_listed = models.BooleanField("adresses relevées", default=False)
    # It does not answer in https.
    is_in_clear = models.BooleanField("lu sans chiffrement", default=False)
    seen_at = models.DateTimeField("lu le", null=True, blank=True)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    served_at = models.DateTimeField("servi le", null=True, blank=True)

    objects: ClassVar[SiteImportManager[SiteImport]] = ScopedManager(
        beneficiary="website__beneficiary", _manager_class=SiteImportManager
    )

    class Meta:
        verbose_name = "import d’un ancien site"
        verbose_name_plural = "imports d’anciens sites"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["website"], condition=Q(status__in=AT_WORK), name="one_import_at_work_per_site"
            )
        ]

    def __str__(self) -> str:
        return f"import {self.pk}, site {self.website_id}"

    @property
    def beneficiary_id(self) -> int:
        """Return the beneficiary that the journal notes beside an import."""
        return self.website.beneficiary_id

    @property
    def is_at_work(self) -> bool:
        return self.status in AT_WORK

    @property
    def is_looking(self) -> bool:
        return self.status == Status.LOOKING


class Nature(models.TextChoices):
    """Kinds of things that an item of the former site becomes."""

    NEWS = "news", "actualités"
    PAGE = "page", "pages"
    IMAGE = "image", "images"
    DOCUMENT = "document", "documents"


class ItemState(models.TextChoices):
    TO_READ = "to_read", "à lire"
    FOUND = "found", "trouvé"
    LEFT = "left", "écarté"
    KNOWN = "known", "déjà apporté"
    IMPORTED = "imported", "apporté"
    FAILED = "failed", "en échec"
    REMOVED = "removed", "retiré"
    KEPT = "kept", "gardé"


# What a tick may import: what failed is tried again when somebody asks to import.
TO_IMPORT = (ItemState.FOUND, ItemState.FAILED)


class ImportedItemQuerySet(models.QuerySet["ImportedItem"]):
    def to_import(self) -> Self:
        """Those that are ticked and not here yet."""
        return self.filter(state__in=TO_IMPORT, is_chosen=True)


ImportedItemManager = models.Manager.from_queryset(ImportedItemQuerySet)


class ImportedItem(models.Model):
    """One thing of a former site, known by its address there, and what became of it.

    `content` is its text as it was read, until it is imported. `revision_number` is what the import wrote: a page
    whose latest revision is another has been touched since.
    """

    of = models.ForeignKey(SiteImport, models.CASCADE, related_name="items", verbose_name="import")
    nature = models.CharField("nature", max_length=10, choices=Nature.choices)
    source = models.CharField("ancienne adresse", max_length=500)
    parent_source = models.CharField("adresse de la page au-dessus", max_length=500, blank=True)
    picture_source = models.CharField("adresse de l’image", max_length=500, blank=True)
    title = models.CharField("titre", max_length=255, blank=True)
    summary = models.TextField("résumé", max_length=400, blank=True)
    content = models.TextField("texte", blank=True)
    alternative = models.CharField("description de l’image", max_length=200, blank=True)
    published_on = models.DateField("paru le", null=True, blank=True)
    state = models.CharField("ce qu’il devient", max_length=10, choices=ItemState.choices, default=ItemState.FOUND)
    is_chosen = models.BooleanField("coché", default=True)
    says = models.CharField("remarque", max_length=500, blank=True)
    page = models.ForeignKey(Page, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="page")
    revision_number = models.PositiveBigIntegerField("version écrite par l’import", null=True, blank=True)
    image = models.ForeignKey(
        CommuneImage, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="image"
    )
    document = models.ForeignKey(
        CommuneDocument, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="document"
    )

    objects: ClassVar[ImportedItemManager[ImportedItem]] = ScopedManager(
        beneficiary="of__website__beneficiary", _manager_class=ImportedItemManager
    )

    class Meta:
        verbose_name = "élément d’un ancien site"
        verbose_name_plural = "éléments d’un ancien site"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["of", "source"], name="an_old_address_is_once_in_an_import")]
        indexes = [
            models.Index(fields=["of", "nature", "state"], name="imported_nature_state"),
            models.Index(fields=["source"], name="imported_source"),
        ]

    def __str__(self) -> str:
        return f"élément {self.pk}, import {self.of_id}"

    @property
    def is_here(self) -> bool:
        """Whether what it became is still on the site."""
        return self.page_id is not None or self.image_id is not None or self.document_id is not None

    @property
    def is_open(self) -> bool:
        """Whether it can still be ticked, or not."""
        return self.state in TO_IMPORT
