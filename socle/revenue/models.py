"""Receipts of an operator as its accounts and budgets say them, the ceiling it voted, what each signing showed; the
cost behind a price; the contributions that it calls; what operators owe each other.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.agreements.models import Agreement
from socle.deliberations.models import Act
from socle.lib.money import to_cents
from socle.people.models import Beneficiary, Operator, User, validate_siret
from socle.programme.models import AgreementType, Programme

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


class CostSheet(models.Model):
    """Full cost of what a type of agreement gives for its price, in a year, and the grants received for it.

    One stands for a type and a year; one withdrawn stays, and counts no more.
    """

    COSTS = ("direct_costs", "overhead", "depreciation")

    type = models.ForeignKey(
        AgreementType, models.PROTECT, related_name="cost_sheets", verbose_name="type de convention"
    )
    year = models.PositiveSmallIntegerField("exercice", validators=YEARS)
    direct_costs = models.DecimalField("coûts directs (€)", max_digits=14, decimal_places=2)
    overhead = models.DecimalField("part des frais généraux (€)", max_digits=14, decimal_places=2)
    depreciation = models.DecimalField("amortissements (€)", max_digits=14, decimal_places=2)
    grants_received = models.DecimalField("aides reçues pour cela (€)", max_digits=14, decimal_places=2)
    source = models.CharField("source", max_length=300)
    is_fictitious = models.BooleanField("montant fictif de démonstration", default=False)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")
    noted_at = models.DateTimeField("noté le")
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "fiche de coût"
        verbose_name_plural = "fiches de coût"
        ordering = ["-year", "type", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["type", "year"], condition=Q(withdrawn_at=None), name="one_cost_sheet_of_a_type_and_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"fiche de coût {self.year}"

    @property
    def full(self) -> Decimal:
        """The full cost, before any grant."""
        return self.direct_costs + self.overhead + self.depreciation

    @property
    def net(self) -> Decimal:
        """The full cost, grants taken off: below zero when they are more."""
        return self.full - self.grants_received


class CallSettings(models.Model):
    """How the contributions under one VAT regime of a programme are called: rate, prorata, delay, accounts.

    The regime is as the agreements write it. Until its rate is noted, nothing of it is exported.
    """

    class Prorata(models.TextChoices):
        MONTHS = "months", "par mois entiers"
        DAYS = "days", "par jours"

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="call_settings", verbose_name="programme")
    vat_regime = models.CharField("régime de TVA des conventions", max_length=120)
    vat_rate = models.DecimalField(
        "taux de TVA (%)", max_digits=4, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(50)]
    )
    vat_source = models.CharField("source du taux", max_length=200)
    prorata = models.CharField("prorata", max_length=6, choices=Prorata, default=Prorata.MONTHS)
    prorata_source = models.CharField("source du prorata", max_length=200)
    payment_days = models.PositiveSmallIntegerField(
        "délai de paiement (jours)", default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    budget = models.CharField("budget", max_length=10, blank=True)
    account = models.CharField("article", max_length=10, blank=True)
    function = models.CharField("fonction", max_length=10, blank=True)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")
    noted_at = models.DateTimeField("noté le")

    class Meta:
        verbose_name = "réglage des appels"
        verbose_name_plural = "réglages des appels"
        ordering = ["vat_regime"]
        constraints = [models.UniqueConstraint(fields=["programme", "vat_regime"], name="one_call_settings_per_regime")]

    def __str__(self) -> str:
        return self.vat_regime


class Debtor(models.Model):
    """Requirements of a beneficiary on what it is asked to pay (Chorus Pro), and its SIRET there, when it is another.

    One commune may have one SIRET per budget. An engagement is of one year.
    """

    beneficiary = models.OneToOneField(Beneficiary, models.PROTECT, related_name="debtor", verbose_name="bénéficiaire")
    siret = models.CharField("SIRET de facturation", max_length=14, blank=True, validators=[validate_siret])
    is_service_code_required = models.BooleanField("exige un code service", default=False)
    service_code = models.CharField("code service", max_length=100, blank=True)
    is_engagement_required = models.BooleanField("exige un numéro d’engagement", default=False)
    engagement = models.CharField("numéro d’engagement", max_length=50, blank=True)
    engagement_year = models.PositiveSmallIntegerField(
        "exercice de l’engagement", null=True, blank=True, validators=YEARS
    )
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")
    noted_at = models.DateTimeField("noté le")

    objects: ClassVar[models.Manager[Debtor]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "débiteur"

    def __str__(self) -> str:
        return f"débiteur {self.beneficiary_id}"


class Contribution(models.Model):
    """Contribution of an agreement for a year, as it was exported, once, for whoever issues the title; what was paid.

    All is written as it was that day and stays so, but what the finance package answers: bordereau, title, receipts.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="contributions", verbose_name="convention")
    year = models.PositiveSmallIntegerField("exercice", validators=YEARS)
    # The first export of a year, then those that complete it.
    export_rank = models.PositiveSmallIntegerField("export")
    reference = models.CharField("référence", max_length=40, unique=True)
    first_on = models.DateField("période, premier jour")
    last_on = models.DateField("période, dernier jour")
    debtor_name = models.CharField("débiteur", max_length=200)
    debtor_siret = models.CharField("SIRET du débiteur", max_length=14)
    service_code = models.CharField("code service", max_length=100, blank=True)
    engagement = models.CharField("numéro d’engagement", max_length=50, blank=True)
    subject = models.CharField("objet", max_length=160)
    made = models.TextField("calcul")
    budget = models.CharField("budget", max_length=10, blank=True)
    account = models.CharField("article", max_length=10, blank=True)
    function = models.CharField("fonction", max_length=10, blank=True)
    net = models.DecimalField("montant HT (€)", max_digits=12, decimal_places=2)
    vat_regime = models.CharField("régime de TVA", max_length=120)
    vat_rate = models.DecimalField("taux de TVA (%)", max_digits=4, decimal_places=2)
    vat = models.DecimalField("TVA (€)", max_digits=12, decimal_places=2)
    total = models.DecimalField("montant TTC (€)", max_digits=12, decimal_places=2)
    due_on = models.DateField("échéance")
    exported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="exporté par")
    exported_at = models.DateTimeField("exporté le")
    is_fictitious = models.BooleanField("montant fictif de démonstration", default=False)
    bordereau = models.CharField("bordereau", max_length=20, blank=True)
    title = models.CharField("titre", max_length=20, blank=True)
    title_on = models.DateField("date du titre", null=True, blank=True)
    collected = models.DecimalField("encaissé (€)", max_digits=12, decimal_places=2, null=True, blank=True)
    outstanding = models.DecimalField("reste à recouvrer (€)", max_digits=12, decimal_places=2, null=True, blank=True)
    read_at = models.DateTimeField("relu le", null=True, blank=True)

    class Meta:
        verbose_name = "contribution appelée"
        verbose_name_plural = "contributions appelées"
        ordering = ["-year", "export_rank", "reference"]
        constraints = [
            # Whatever asks, and however many at once: a year of an agreement leaves once.
            models.UniqueConstraint(fields=["agreement", "year"], name="a_contribution_is_called_once_a_year"),
            models.CheckConstraint(condition=Q(net__gt=0, vat__gte=0), name="a_contribution_is_owed"),
        ]

    def __str__(self) -> str:
        return self.reference


class Reckoning(models.Model):
    """A line of what an operator owes another for a year by their agreement: units, each at its cost.

    Its amount is computed, never typed; a line withdrawn stays, and counts no more.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="reckonings", verbose_name="convention")
    year = models.PositiveSmallIntegerField("exercice", validators=YEARS)
    unit = models.CharField("unité", max_length=120)
    quantity = models.DecimalField("quantité", max_digits=14, decimal_places=2)
    unit_cost = models.DecimalField("coût unitaire (€)", max_digits=14, decimal_places=2)
    source = models.CharField("source", max_length=300)
    # The party in whose name it was noted: it takes it back, the other does not.
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name="noté pour")
    is_fictitious = models.BooleanField("montant fictif de démonstration", default=False)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")
    noted_at = models.DateTimeField("noté le")
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "décompte annuel"
        verbose_name_plural = "décomptes annuels"
        ordering = ["-year", "agreement", "pk"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0, unit_cost__gt=0), name="a_reckoning_counts")]

    def __str__(self) -> str:
        return f"{self.unit}, {self.year}"

    @property
    def amount(self) -> Decimal:
        """Units × unit cost, to the cent, halves up."""
        return to_cents(self.quantity * self.unit_cost)
