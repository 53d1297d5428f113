"""Binding texts as published, and documents as kept."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import models

from socle.documents.storage import kept_files
from socle.people.models import Beneficiary


class Text(models.Model):
    """A published version of a binding text, seeded from `texts/<name>/<version>/`; never edited."""

    name = models.SlugField("nom", max_length=60)
    version = models.CharField("version (date)", max_length=10)
    body = models.TextField("texte")
    sha256 = models.CharField("empreinte", max_length=64)
    is_demonstration = models.BooleanField("modèle de démonstration, non approuvé", default=True)

    class Meta:
        verbose_name = "texte"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_text_per_version")]

    def __str__(self) -> str:
        return f"{self.name}, {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a published text is never edited: publish another version")
        super().save(*args, **kwargs)


def document_path(document: Document, filename: str) -> str:
    """Where a document is kept: by the start of its identifier, so that no folder grows without end."""
    key = document.public_id.hex
    return f"{key[:2]}/{key}/{filename}"


class Document(models.Model):
    """A file kept for ever as it was: its SHA-256 is stored, and checked each time it is served."""

    public_id = models.UUIDField("identifiant", default=uuid.uuid4, unique=True, editable=False)
    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name="bénéficiaire"
    )
    title = models.CharField("titre", max_length=200)
    content_type = models.CharField("type", max_length=80, default="application/pdf")
    file = models.FileField("fichier", storage=kept_files, upload_to=document_path, max_length=250)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    size = models.PositiveIntegerField("taille (octets)")
    kept_at = models.DateTimeField("conservé le")

    class Meta:
        verbose_name = "document"
        ordering = ["-kept_at"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a kept document is never altered")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a kept document is never deleted")
