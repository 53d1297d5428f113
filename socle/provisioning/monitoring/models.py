"""The history that whoever runs the engines reads: the trials of each, and the space that each beneficiary takes."""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from socle.people.models import Beneficiary


class EngineTrial(models.Model):
    """One trial of an engine, all the way: how long it took, or, in a French sentence, why it failed.

    It belongs to no beneficiary: what is written on the way is the operator's own, and erased at once.
    """

    code = models.CharField("moteur", max_length=40)
    tried_at = models.DateTimeField("essayé le")
    seconds = models.FloatField("durée (s)", null=True, blank=True)
    problem = models.CharField("échec", max_length=300, blank=True)

    class Meta:
        verbose_name = "essai d’un moteur"
        verbose_name_plural = "essais des moteurs"
        ordering = ["-tried_at", "-pk"]
        indexes = [models.Index(fields=["code", "-tried_at"], name="trial_of_an_engine")]

    def __str__(self) -> str:
        return f"essai {self.pk}"


class UsageReading(models.Model):
    """The space a beneficiary takes with an engine, on a day: the last time it was read that day."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.CASCADE, related_name="usage_readings", verbose_name="bénéficiaire"
    )
    code = models.CharField("moteur", max_length=40)
    read_on = models.DateField("relevé le")
    used_bytes = models.PositiveBigIntegerField("place occupée (octets)")

    objects: ClassVar[models.Manager[UsageReading]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "relevé de place"
        verbose_name_plural = "relevés de place"
        constraints = [
            models.UniqueConstraint(fields=["code", "read_on", "beneficiary"], name="one_usage_reading_a_day")
        ]

    def __str__(self) -> str:
        return f"relevé {self.pk}"
