"""Messages kept instead of sent."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """One e-mail a demonstration did not send."""

    to = models.CharField("à", max_length=500)
    sender = models.CharField("de", max_length=250)
    subject = models.CharField("objet", max_length=300)
    body = models.TextField("texte")
    written_at = models.DateTimeField("écrit le", auto_now_add=True)

    class Meta:
        verbose_name = "message"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject
