"""Rows of the upkeep of a site: what somebody found still true."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models

from socle.people.models import User
from socle.sites.models.sites import WebSite


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
