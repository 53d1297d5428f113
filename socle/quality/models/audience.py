"""How many pages of a site are seen, by month. A number is of a page: nothing here was ever of a person."""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models
from django_scopes import ScopedManager

from socle.sites.models.sites import WebSite

# The longest address that is kept.
LONGEST = 300


class AccessLog(models.Model):
    """How far one file of a web server in front has been read.

    A file is known by its first line, which holds an instant to the microsecond: renamed, compressed or copied to
    another machine, it is the same one, and is counted once.
    """

    fingerprint = models.CharField("empreinte de la première ligne", max_length=64, unique=True)
    # In bytes of the lines themselves, compressed or not.
    offset = models.BigIntegerField("octets lus", default=0)
    # What the file weighed when it was last read to its end: one that weighs the same is not read again.
    size = models.BigIntegerField("taille du fichier", default=0)
    read_at = models.DateTimeField("lu le", db_index=True)

    class Meta:
        verbose_name = "journal d’accès lu"
        verbose_name_plural = "journaux d’accès lus"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"journal d’accès {self.pk}"


class PageViews(models.Model):
    """How many times a page of a site was seen in a month.

    An empty path gathers the pages beyond the number of lines that one month may have.
    """

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="page_views", verbose_name="site internet")
    # Its first day.
    month_on = models.DateField("mois")
    path = models.CharField("adresse dans le site", max_length=LONGEST, blank=True)
    views = models.PositiveIntegerField("pages vues")

    objects = ScopedManager(beneficiary="website__beneficiary")

    class Meta:
        verbose_name = "pages vues d’un mois"
        verbose_name_plural = "pages vues par mois"
        ordering = ["month_on", "path"]
        constraints = [
            models.UniqueConstraint(fields=["website", "month_on", "path"], name="a_page_has_one_number_by_month"),
        ]
        indexes = [models.Index(fields=["month_on"], name="page_views_by_month")]

    def __str__(self) -> str:
        return f"{self.path or 'autres'}, {self.views}, site {self.website_id}"
