"""Procedures of the catalogue as one mairie does them, over what the catalogue says."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.core.validators import MaxLengthValidator
from django.db import models

from socle.people.models import User
from socle.sites.models.sites import WebSite


class LocalProcedure(models.Model):
    """One procedure of the catalogue as this mairie does it. Blank, a field leaves what the catalogue says.

    `here` is added to it; `is_hidden` leaves the procedure out of the site.
    """

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="procedures", verbose_name="site internet")
    code = models.SlugField("démarche", max_length=40)
    is_hidden = models.BooleanField("ne pas la montrer", default=False)
    here = models.TextField("dans notre commune", max_length=1500, blank=True, validators=[MaxLengthValidator(1500)])
    where = models.CharField("où", max_length=300, blank=True)
    when = models.CharField("quand", max_length=300, blank=True)
    bring = models.TextField("à apporter", max_length=1000, blank=True, validators=[MaxLengthValidator(1000)])
    delay = models.CharField("délai", max_length=200, blank=True)
    cost = models.CharField("coût", max_length=200, blank=True)
    link = models.URLField("page à ouvrir", max_length=300, blank=True)
    written_at = models.DateTimeField("écrite le")
    written_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="écrite par"
    )

    class Meta:
        verbose_name = "démarche de la commune"
        verbose_name_plural = "démarches de la commune"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["website", "code"], name="a_site_says_a_procedure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code}, site {self.website_id}"
