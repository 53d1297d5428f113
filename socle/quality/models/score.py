"""Score of a site, as it was last examined: for lists; a screen about one site examines it anew.

A site just made has no row here: the first examination writes them.
"""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models

from socle.sites.models.sites import WebSite


class SiteScore(models.Model):
    """How many of the checks a site passes."""

    website = models.OneToOneField(WebSite, models.CASCADE, related_name="score", verbose_name="site internet")
    scored_at = models.DateTimeField("examiné le", db_index=True)
    passed = models.PositiveSmallIntegerField("points en ordre")
    checked = models.PositiveSmallIntegerField("points examinés")

    class Meta:
        verbose_name = "score d’un site"
        verbose_name_plural = "scores des sites"

    def __str__(self) -> str:
        return f"{self.passed}/{self.checked}, site {self.website_id}"

    @property
    def missing(self) -> int:
        return self.checked - self.passed


class SiteTask(models.Model):
    """One thing to do on a site, and who must do it."""

    class Who(models.TextChoices):
        MAIRIE = "mairie", "mairie"
        OPERATOR = "operator", "opérateur"

    score = models.ForeignKey(SiteScore, models.CASCADE, related_name="tasks", verbose_name="score")
    code = models.CharField("point", max_length=30, db_index=True)
    who = models.CharField("à faire par", max_length=10, choices=Who.choices)
    says = models.CharField("ce qui manque", max_length=400)
    # How many of it: links, pages, pictures.
    count = models.PositiveSmallIntegerField("nombre", default=1, db_default=1)
    since_at = models.DateTimeField("constaté depuis le")

    class Meta:
        verbose_name = "chose à faire sur un site"
        verbose_name_plural = "choses à faire sur un site"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["score", "code"], name="a_thing_to_do_is_said_once")]

    def __str__(self) -> str:
        return self.says
