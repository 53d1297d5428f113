"""A real message sent now and then from box to box, to know that the whole chain works."""

from __future__ import annotations

from django.db import models


class ChainTest(models.Model):
    """One message of the operator's own, sent to be seen arriving; it belongs to no commune."""

    sent_at = models.DateTimeField("envoyé le", db_index=True)
    seen_at = models.DateTimeField("vu arrivé le", null=True, blank=True)
    seconds = models.FloatField("durée (s)", null=True, blank=True)
    error = models.CharField("erreur", max_length=300, blank=True)

    class Meta:
        verbose_name = "essai de la chaîne de messagerie"
        verbose_name_plural = "essais de la chaîne de messagerie"
        ordering = ["-sent_at"]

    def __str__(self) -> str:
        return f"essai {self.pk}"
