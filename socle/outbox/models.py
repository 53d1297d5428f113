"""Messages kept instead of sent, and what is known of those that must leave once."""

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


class Departure(models.Model):
    """A message that leaves once at most: claimed before it is sent. Neither its words nor its address are here."""

    key = models.CharField("clé", max_length=64, unique=True)
    claimed_at = models.DateTimeField("réservé le")
    left_at = models.DateTimeField("parti le", null=True, blank=True)

    class Meta:
        verbose_name = "départ d’un message"
        verbose_name_plural = "départs des messages"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"départ {self.pk}"
