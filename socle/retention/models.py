"""Models: what the rules did, each time they passed."""

from __future__ import annotations

from django.db import models


class Sweep(models.Model):
    """One passage of one rule: how many it let go, and why it could not."""

    rule = models.CharField("règle", max_length=40)
    ran_at = models.DateTimeField("passage")
    treated = models.PositiveIntegerField("lignes traitées", default=0)
    error = models.CharField("échec", max_length=200, blank=True)

    class Meta:
        verbose_name = "passage d’une règle de conservation"
        verbose_name_plural = "passages des règles de conservation"
        ordering = ["-ran_at", "-id"]
        indexes = [models.Index(fields=["rule", "-ran_at"], name="retention_last_sweep")]

    def __str__(self) -> str:
        return f"{self.rule}, {self.ran_at:%Y-%m-%d}"
