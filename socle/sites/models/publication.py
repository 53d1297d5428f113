"""Files of a published site: each file, what it shows, and what changed since.

The pages are the truth; these rows only say which files show what, so that a change renews those files and no other.
"""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models

from socle.sites.models.sites import WebSite


class Publication(models.Model):
    """The files of one site, as they are served at this moment."""

    website = models.OneToOneField(WebSite, models.CASCADE, related_name="publication", verbose_name="site internet")
    release = models.CharField("dossier servi", max_length=40, blank=True)
    published_at = models.DateTimeField("publié le")
    # What depends on the date was last made so on that day.
    dated_at = models.DateTimeField("à jour de la date du", db_index=True)
    # What its pages were made with: another release of the platform makes them anew.
    look = models.CharField("façon", max_length=16, blank=True)
    problem = models.TextField("ce qui n’a pas pu être publié", blank=True)

    class Meta:
        verbose_name = "publication d’un site"
        verbose_name_plural = "publications des sites"

    def __str__(self) -> str:
        return f"publication, site {self.website_id}"


class PublishedFile(models.Model):
    """One file of a site: the answer to one address."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="files", verbose_name="site internet")
    # A path of the site and nothing else: no host, no query; « /contact/ », « /robots.txt ».
    path = models.CharField("adresse dans le site", max_length=500)
    sha256 = models.CharField("empreinte", max_length=64)
    size = models.PositiveIntegerField("taille en octets")
    changed_at = models.DateTimeField("changé le")
    # A page listed by the tree of pages, or what such a page needs (an image, a colour, a document).
    is_asset = models.BooleanField("accompagne une page", default=False)
    # Nobody shows it any more: kept a day, for the reader whose page is a minute old.
    unused_at = models.DateTimeField("inutile depuis", null=True, blank=True)

    class Meta:
        verbose_name = "fichier publié"
        verbose_name_plural = "fichiers publiés"
        constraints = [models.UniqueConstraint(fields=["website", "path"], name="one_file_per_address_of_a_site")]

    def __str__(self) -> str:
        return self.path


class Shown(models.Model):
    """One thing that a published file shows, by its key (`socle.sites.publishing.reads`)."""

    file = models.ForeignKey(PublishedFile, models.CASCADE, related_name="shown", verbose_name="fichier publié")
    key = models.CharField("ce qui est montré", max_length=520)

    class Meta:
        verbose_name = "contenu montré par un fichier publié"
        verbose_name_plural = "contenus montrés par un fichier publié"
        constraints = [models.UniqueConstraint(fields=["file", "key"], name="a_file_shows_a_thing_once")]

    def __str__(self) -> str:
        return self.key


class Change(models.Model):
    """Something of a site changed, and the files that show it have not been renewed yet."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="changes", verbose_name="site internet")
    key = models.CharField("ce qui a changé", max_length=520)
    at = models.DateTimeField("à", db_index=True)

    class Meta:
        verbose_name = "changement à publier"
        verbose_name_plural = "changements à publier"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key
