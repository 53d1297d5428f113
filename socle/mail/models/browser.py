"""A box read in the browser: who opened it, from which session of the platform, and by which token it is read."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from socle.mail.models.boxes import Opening
from socle.people.models import OpenSession


class BrowserReading(models.Model):
    """A person opened a box in the browser. It goes with the session it was opened from, and with their opening.

    The webmail exchanges the code once for the token, which it shows at each request: only their digests are kept.
    """

    opening = models.ForeignKey(Opening, models.CASCADE, related_name="readings", verbose_name="accès à la boîte")
    session = models.ForeignKey(OpenSession, models.CASCADE, related_name="readings", verbose_name="session")
    # What is drawn has 256 bits: nobody tries them all, so that a plain SHA-256 protects it as well as a slow one.
    code_digest = models.CharField("empreinte du code", max_length=64, unique=True)
    token_digest = models.CharField("empreinte du jeton", max_length=64, unique=True, null=True, blank=True)
    asked_at = models.DateTimeField("demandée le")
    opened_at = models.DateTimeField("ouverte le", null=True, blank=True)

    objects: ClassVar[models.Manager[BrowserReading]] = ScopedManager(beneficiary="opening__mailbox__beneficiary")

    class Meta:
        verbose_name = "lecture d’une boîte dans le navigateur"
        verbose_name_plural = "lectures d’une boîte dans le navigateur"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"lecture {self.pk} par l’accès {self.opening_id}"
