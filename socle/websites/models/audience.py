"""How many pages of a site are read, by day. A number is of a page: nothing here was ever of a person."""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models
from django_scopes import ScopedManager

from socle.websites.models.sites import WebSite

# The longest address, or name of a site, that is kept.
LONGEST = 300


class AccessLog(models.Model):
    """How far one file of a web server in front has been read.

    A file is known by its first line, which holds an instant to the microsecond: renamed, compressed or copied to
    another machine, it is the same one, and is counted once.
    """

    fingerprint = models.CharField("empreinte de la première ligne", max_length=64, unique=True)
    name = models.CharField("nom du fichier", max_length=200)
    # In bytes of the lines themselves, compressed or not.
    offset = models.BigIntegerField("octets lus", default=0)
    # What the file was when it was last read to its end: one that did not change is not opened again.
    size = models.BigIntegerField("taille du fichier", default=0)
    modified_ns = models.BigIntegerField("modifié, en nanosecondes", default=0)
    read_at = models.DateTimeField("lu le", db_index=True)
    unreadable = models.PositiveBigIntegerField("lignes illisibles", default=0)

    class Meta:
        verbose_name = "journal d’accès lu"
        verbose_name_plural = "journaux d’accès lus"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class AudienceDay(models.Model):
    """How many pages of a site were read on a day."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="audience_days", verbose_name="site internet")
    counted_on = models.DateField("jour")
    views = models.PositiveIntegerField("pages vues")

    objects = ScopedManager(beneficiary="website__beneficiary")

    class Meta:
        verbose_name = "audience d’un jour"
        verbose_name_plural = "audiences des jours"
        ordering = ["counted_on"]
        constraints = [
            models.UniqueConstraint(fields=["website", "counted_on"], name="one_audience_by_day_of_a_site"),
        ]
        indexes = [models.Index(fields=["counted_on"], name="audience_by_day")]

    def __str__(self) -> str:
        return f"{self.views}, site {self.website_id}, {self.counted_on}"


class AudienceCount(models.Model):
    """What was read on a day of a site, one line a page, a document, an address that was not there, a source.

    An empty label gathers what is beyond the number of lines that one day may have.
    """

    class Kind(models.TextChoices):
        PAGE = "page", "page vue"
        FILE = "file", "document ouvert"
        MISSING = "missing", "adresse introuvable"
        SOURCE = "source", "site d’où l’on vient"

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="audience_counts", verbose_name="site internet")
    counted_on = models.DateField("jour")
    kind = models.CharField("ce qui est compté", max_length=10, choices=Kind)
    label = models.CharField("adresse dans le site, ou site d’origine", max_length=LONGEST, blank=True)
    count = models.PositiveIntegerField("nombre")

    objects = ScopedManager(beneficiary="website__beneficiary")

    class Meta:
        verbose_name = "nombre d’une audience"
        verbose_name_plural = "nombres des audiences"
        ordering = ["counted_on", "kind", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["website", "kind", "counted_on", "label"], name="one_number_by_day_and_label_of_a_site"
            ),
        ]
        indexes = [models.Index(fields=["counted_on"], name="audience_counts_by_day")]

    def __str__(self) -> str:
        return f"{self.label or 'autres'}, {self.count}, site {self.website_id}"
