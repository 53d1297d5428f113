"""Rows of the upkeep of a site: the links of its pages, the outside addresses asked, what somebody found still true.

Links between the pages of a site are judged on its published files, without any request; only those that are broken
have a row. An outside address has one row for all the sites that lead to it: it is asked once for everybody.
"""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from wagtail.models import Page

from socle.people.models import User
from socle.sites.models.sites import WebSite


class OutsideAddress(models.Model):
    """An address outside the sites, as it was asked over the days. Public, and of no commune."""

    class Verdict(models.TextChoices):
        UNASKED = "unasked", "pas encore vérifiée"
        ANSWERS = "answers", "répond"
        UNSURE = "unsure", "non vérifiée"
        # Not enough times, or days, to say that it is broken.
        FAILING = "failing", "échoue depuis peu"
        BROKEN = "broken", "ne répond plus"

    # As it is asked: an ASCII host, no fragment.
    url = models.CharField("adresse", max_length=1000, unique=True)
    host = models.CharField("nom d’hôte", max_length=253)
    verdict = models.CharField("constat", max_length=10, choices=Verdict.choices, default=Verdict.UNASKED)
    said = models.CharField("ce qui a été répondu", max_length=200, blank=True)
    failures = models.PositiveSmallIntegerField("échecs, en des jours différents", default=0)
    failed_at = models.DateTimeField("dernier échec compté le", null=True, blank=True)
    failing_since_at = models.DateTimeField("échoue depuis le", null=True, blank=True)
    checked_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    next_check_at = models.DateTimeField("à vérifier le", db_index=True)

    class Meta:
        verbose_name = "adresse extérieure"
        verbose_name_plural = "adresses extérieures"

    def __str__(self) -> str:
        return f"adresse extérieure {self.pk}"


class PageLinkQuerySet(models.QuerySet["PageLink"]):
    """Questions about the links of a site."""

    def broken(self) -> Self:
        """Those that lead nowhere: in the site, or outside since several days."""
        return self.filter(~Q(problem="") | Q(outside__verdict=OutsideAddress.Verdict.BROKEN))

    def told(self) -> Self:
        """Those that nobody asked to hear no more of."""
        return self.filter(dismissed_at=None)


class PageLink(models.Model):
    """A link read on a published page: one that leads outside, or one of the site that leads nowhere."""

    class Problem(models.TextChoices):
        NONE = "", "aucun"
        PAGE = "page", "la page n’est pas en ligne"
        FILE = "file", "le document n’est plus sur le site"
        DELETED = "deleted", "la page ou le document a été supprimé"
        MALFORMED = "malformed", "l’adresse est mal écrite"

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="links", verbose_name="site internet")
    page = models.ForeignKey(Page, models.CASCADE, related_name="+", verbose_name="page")
    # The first address of the site where it was read: a page may have several.
    path = models.CharField("adresse dans le site", max_length=500)
    href = models.CharField("adresse du lien", max_length=1000, blank=True)
    words = models.CharField("mots du lien", max_length=150, blank=True)
    # What makes two links of a page the same one.
    mark = models.CharField("empreinte", max_length=64)
    outside = models.ForeignKey(
        OutsideAddress, models.SET_NULL, null=True, blank=True, related_name="links", verbose_name="adresse extérieure"
    )
    problem = models.CharField("défaut", max_length=10, choices=Problem.choices, blank=True)
    found_at = models.DateTimeField("trouvé le")
    dismissed_at = models.DateTimeField("n’est plus signalé depuis le", null=True, blank=True)
    dismissed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="écarté par"
    )

    objects = PageLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "lien d’une page"
        verbose_name_plural = "liens des pages"
        ordering = ["path", "pk"]
        constraints = [models.UniqueConstraint(fields=["page", "mark"], name="a_link_of_a_page_is_kept_once")]

    def __str__(self) -> str:
        return f"lien {self.pk}, site {self.website_id}"

    @property
    def is_broken(self) -> bool:
        return bool(self.problem) or (
            self.outside is not None and self.outside.verdict == OutsideAddress.Verdict.BROKEN
        )

    @property
    def why(self) -> str:
        """Return its problem in a few words."""
        if self.problem:
            return str(self.get_problem_display())
        return self.outside.said if self.outside is not None else ""

    @property
    def since_at(self) -> datetime:
        """Since when it leads nowhere, as far as we know."""
        if not self.problem and self.outside is not None and self.outside.failing_since_at is not None:
            return max(self.found_at, self.outside.failing_since_at)
        return self.found_at


class Confirmation(models.Model):
    """Somebody of the mairie read a thing again on a day, and found it still true."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="confirmations", verbose_name="site internet")
    # « page:12 », « hours », « directory »: the codes of `socle.quality.upkeep.freshness`.
    matter = models.CharField("objet", max_length=40)
    confirmed_at = models.DateTimeField("confirmé le")
    confirmed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="confirmé par"
    )

    class Meta:
        verbose_name = "relecture confirmée"
        verbose_name_plural = "relectures confirmées"
        ordering = ["-confirmed_at", "-pk"]
        indexes = [models.Index(fields=["website", "matter"], name="confirmation_of_a_matter")]

    def __str__(self) -> str:
        return f"{self.matter}, site {self.website_id}"
