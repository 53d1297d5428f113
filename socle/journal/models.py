"""The entries of the journal."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads only: an entry is written once by `record` and sealed once by `seal`."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("a journal entry is never edited")

    def delete(self) -> NoReturn:
        raise TypeError("a journal entry is never deleted")

    def about(self, thing: models.Model) -> EntryQuerySet:
        """Entries whose object is this row."""
        return self.filter(object_type=thing._meta.label_lower, object_id=str(thing.pk))


class Entry(models.Model):
    """One act: a verb, the thing it was done to, by whom and when. Identifiers only, never a name."""

    verb = models.CharField("verbe", max_length=80)
    object_type = models.CharField("type d’objet", max_length=80)
    object_id = models.CharField("identifiant de l’objet", max_length=64)
    beneficiary_ref = models.CharField("identifiant du bénéficiaire", max_length=64, blank=True)
    by_ref = models.CharField("identifiant de l’auteur ou de l’autrice", max_length=64)
    at = models.DateTimeField("instant")
    facts = models.JSONField("faits", default=dict)
    position = models.PositiveBigIntegerField("rang dans la chaîne", null=True, unique=True, editable=False)
    seal = models.CharField("sceau", max_length=64, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de journal"
        verbose_name_plural = "lignes de journal"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="journal_object"),
            models.Index(fields=["beneficiary_ref", "-id"], name="journal_beneficiary"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type}:{self.object_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a journal entry is never edited")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a journal entry is never deleted")
