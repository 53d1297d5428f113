"""The entries of the journal."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


def object_type_of(thing: models.Model) -> str:
    """Return how the lines name the model of a row: for ever, so that one renamed since says its `journal_label`."""
    return str(getattr(thing, "journal_label", thing._meta.label_lower))


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads only: an entry is written once by `record` and sealed once by `seal`."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("a journal entry is never edited")

    def delete(self) -> NoReturn:
        raise TypeError("a journal entry is never deleted")

    def about(self, thing: models.Model) -> EntryQuerySet:
        """Entries whose object is this row."""
        return self.filter(object_type=object_type_of(thing), object_id=str(thing.pk))


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


class Reading(models.Model):
    """Someone of an operator read something personal: who, what, by which door. Identifiers only, never a name.

    Not a line of the journal: nothing was done, it is not chained, and it is let go by a rule of retention. The same
    view within a few minutes is one row: `slot` counts these minutes.
    """

    kind = models.CharField("ce qui a été lu", max_length=40)
    object_type = models.CharField("type d’objet", max_length=80)
    object_id = models.CharField("identifiant de l’objet", max_length=64)
    code = models.CharField("numéro ou page", max_length=60, blank=True)
    beneficiary_ref = models.CharField("identifiant du bénéficiaire", max_length=64, blank=True)
    by_ref = models.CharField("identifiant du lecteur ou de la lectrice", max_length=64)
    operator_ref = models.CharField("identifiant de l’opérateur", max_length=64, blank=True)
    door = models.CharField("porte", max_length=12)
    token = models.CharField("jeton", max_length=8, blank=True)
    at = models.DateTimeField("instant", db_index=True)
    slot = models.PositiveIntegerField("tranche de minutes", editable=False)

    class Meta:
        verbose_name = "consultation"
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["by_ref", "kind", "object_type", "object_id", "code", "door", "token", "slot"],
                name="the_same_view_is_one_reading",
            )
        ]
        indexes = [
            models.Index(fields=["beneficiary_ref", "-at"], name="reading_beneficiary"),
            models.Index(fields=["operator_ref", "-at"], name="reading_operator"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_type}:{self.object_id}"
