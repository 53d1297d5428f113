"""Receipts of an operator as its accounts and budgets say them, the ceiling it voted, and what each signing showed."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from socle.agreements.models import Agreement
from socle.deliberations.models import Act
from socle.people.models import Operator, User

YEARS = (MinValueValidator(1990), MaxValueValidator(2100))


class Receipt(models.Model):
    """A figure of a year, with the document that it is read in; a figure withdrawn stays, and counts no more."""

    class Kind(models.TextChoices):
        TOTAL = "total", "total des recettes"
        ACCESSORY = "accessory", "recettes accessoires"
        # Those of the cooperation (CCP, L. 2511-6): all that it covers, and what of it is done on the open market.
        COVERED = "covered", "activités concernées par la coopération"
        OPEN_MARKET = "open_market", "dont réalisées sur le marché concurrentiel"

    class State(models.TextChoices):
        REALISED = "realised", "réalisé"
        BUDGETED = "budgeted", "budgété"

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="receipts", verbose_name="opérateur")
    year = models.PositiveSmallIntegerField("exercice", validators=YEARS)
    kind = models.CharField("nature", max_length=12, choices=Kind)
    state = models.CharField("état", max_length=10, choices=State)
    amount = models.DecimalField("montant (€)", max_digits=14, decimal_places=2)
    source = models.CharField("source", max_length=300)
    is_fictitious = models.BooleanField("montant fictif de démonstration", default=False)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")
    noted_at = models.DateTimeField("noté le")
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "recette d’un exercice"
        verbose_name_plural = "recettes des exercices"
        ordering = ["-year", "kind", "state", "pk"]
        indexes = [models.Index(fields=["operator", "year"], name="receipts_of_a_year")]
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="a_receipt_is_not_negative")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.year}"


class Ceiling(models.Model):
    """The greatest share that accessory receipts may take, as an act of the operator says, from a year on."""

    # An act on which a ceiling stands is not taken away.
    act = models.ForeignKey(Act, models.PROTECT, related_name="ceilings", verbose_name="acte")
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="ceilings", verbose_name="opérateur")
    share = models.DecimalField(
        "plafond (%)",
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
    )
    first_year = models.PositiveSmallIntegerField("à partir de l’exercice", validators=YEARS)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")
    noted_at = models.DateTimeField("noté le")
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "plafond de l’activité accessoire"
        verbose_name_plural = "plafonds de l’activité accessoire"
        ordering = ["-first_year", "-pk"]

    def __str__(self) -> str:
        return f"plafond depuis {self.first_year}"


class Reading(models.Model):
    """The meter as it stood the day an agreement was concluded: its figures, in euros, and the sentence shown."""

    agreement = models.OneToOneField(Agreement, models.PROTECT, related_name="+", verbose_name="convention")
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name="opérateur")
    year = models.PositiveSmallIntegerField("exercice")
    accessory = models.DecimalField("recettes accessoires (€)", max_digits=14, decimal_places=2, null=True)
    total = models.DecimalField("total des recettes (€)", max_digits=14, decimal_places=2, null=True)
    ceiling = models.DecimalField("plafond (%)", max_digits=5, decimal_places=2, null=True)
    says = models.TextField("ce qui était affiché")
    taken_at = models.DateTimeField("relevé le")

    class Meta:
        verbose_name = "relevé de l’activité accessoire"
        verbose_name_plural = "relevés de l’activité accessoire"
        ordering = ["-taken_at", "-pk"]

    def __str__(self) -> str:
        return f"relevé {self.pk}"
