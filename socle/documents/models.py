"""Binding texts as published, and documents as kept."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import models

from socle.documents.storage import kept_files
from socle.people.models import Beneficiary, User


class Text(models.Model):
    """A published version of a binding text, seeded from `texts/<name>/<version>/` or published here; never edited."""

    name = models.SlugField("nom", max_length=60)
    version = models.CharField("version (date)", max_length=10)
    body = models.TextField("texte")
    sha256 = models.CharField("empreinte", max_length=64)
    is_demonstration = models.BooleanField("modèle de démonstration, non approuvé", default=True)
    is_shipped = models.BooleanField("livré avec la plateforme", default=True, db_default=True)

    class Meta:
        verbose_name = "texte"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_text_per_version")]

    def __str__(self) -> str:
        return f"{self.name}, {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a published text is never edited: publish another version")
        super().save(*args, **kwargs)


class TextDraft(models.Model):
    """Words in preparation for the next version of a text: one for each name, which binds nobody.

    `revision` grows at each writing, so that two windows never write over each other. One set aside keeps its words,
    and may be taken up again; one published keeps none.
    """

    name = models.SlugField("nom", max_length=60, unique=True)
    body = models.TextField("texte", blank=True)
    revision = models.PositiveIntegerField("révision", default=0)
    is_open = models.BooleanField("en cours", default=False)
    based_on = models.ForeignKey(
        Text, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="version de départ"
    )
    edited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="modifié par"
    )
    edited_at = models.DateTimeField("modifié le", null=True, blank=True)

    class Meta:
        verbose_name = "projet de texte"
        verbose_name_plural = "projets de texte"

    def __str__(self) -> str:
        return f"{self.name}, révision {self.revision}"


def document_path(document: Document, filename: str) -> str:
    """Where a document is kept: by the start of its identifier, so that no folder grows without end."""
    key = document.public_id.hex
    return f"{key[:2]}/{key}/{filename}"


class Document(models.Model):
    """A file kept as it was: its SHA-256 is stored, and checked each time it is served.

    For ever, but for one that was kept under a rule of retention: it ends after `kept_until`, once that day is known.
    Its row stays, and says what was there.
    """

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
    rule = models.CharField("règle de conservation", max_length=40, blank=True, default="", db_default="")
    # What people are named by in the title goes with the file.
    neutral_title = models.CharField("titre une fois détruit", max_length=200, blank=True, default="", db_default="")
    kept_until = models.DateField("à conserver jusqu’au", null=True, blank=True)
    kept_because = models.CharField("motif de ce terme", max_length=300, blank=True, default="", db_default="")
    ended_at = models.DateTimeField("détruit le", null=True, blank=True)

    class Meta:
        verbose_name = "document"
        ordering = ["-kept_at"]
        # A file from anywhere is recognised by it.
        indexes = [
            models.Index(fields=["sha256"], name="document_by_sha256"),
            models.Index(
                fields=["rule", "kept_until"],
                name="document_to_end",
                condition=models.Q(ended_at=None) & ~models.Q(rule=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | (models.Q(kept_until__isnull=False) & ~models.Q(rule="")),
                name="document_ends_by_a_rule",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=False) | ~models.Q(file=""), name="document_has_its_file"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a kept document is never altered")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a kept document is never deleted: a rule of retention ends it (erasure.py)")
