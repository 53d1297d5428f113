"""The accessibility of a site: its audits, criterion by criterion, and the plan to mend what is not conforming.

A site that nobody audited has no row here.
"""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from django.db import models
from django.db.models import F, Q

from socle.websites.models.sites import WebSite


class Conformity(models.TextChoices):
    """The three states that a statement may say (RGAA 4.1.2, « État de conformité »)."""

    NONE = "none", "non conforme"
    PARTIAL = "partial", "partiellement conforme"
    TOTAL = "total", "totalement conforme"


class Audit(models.Model):
    """One evaluation of a site on the criteria of the RGAA.

    Its rate is computed when it is concluded and typed by nobody. Only an audit declared before criteria were kept here
    has a rate of its own (`carried_rate`).
    """

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="audits", verbose_name="site internet")
    begun_at = models.DateTimeField("commencé le")
    # An organisation or a service, as the statement names it.
    auditor = models.CharField("réalisé par", max_length=150, blank=True)
    made_on = models.DateField("date de l’audit", null=True, blank=True)
    tools = models.TextField("environnement de test et outils", max_length=2000, blank=True)
    concluded_at = models.DateTimeField("conclu le", null=True, blank=True)
    conforming = models.PositiveSmallIntegerField("critères respectés", null=True, blank=True)
    applicable = models.PositiveSmallIntegerField("critères applicables", null=True, blank=True)
    carried_rate = models.DecimalField(
        "taux déclaré avant le calcul par critère", max_digits=5, decimal_places=2, null=True, blank=True
    )
    is_fictitious = models.BooleanField("fictif", default=False)

    class Meta:
        verbose_name = "audit d’accessibilité"
        verbose_name_plural = "audits d’accessibilité"
        ordering = ["-made_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["website"], condition=Q(concluded_at=None), name="a_site_has_one_audit_under_way"
            ),
            models.CheckConstraint(
                condition=Q(conforming=None, applicable=None) | Q(conforming__lte=F("applicable")),
                name="no_more_criteria_respected_than_applicable",
            ),
            models.CheckConstraint(
                condition=Q(carried_rate=None) | Q(carried_rate__gte=0, carried_rate__lte=100),
                name="a_carried_rate_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"audit {self.pk}, site {self.website_id}"

    @property
    def rate(self) -> Decimal | None:
        """The share of the applicable criteria that are respected, in percent; rounded down, never up."""
        if self.applicable is None or self.conforming is None:
            return self.carried_rate
        if not self.applicable:
            return Decimal(100)
        share = Decimal(100 * self.conforming) / self.applicable
        return share.quantize(Decimal("0.01"), rounding=ROUND_DOWN)

    @property
    def conformity(self) -> Conformity:
        """What this audit says, were it still valid."""
        rate = self.rate
        if rate is None:
            return Conformity.NONE
        if rate >= 100:
            return Conformity.TOTAL
        return Conformity.PARTIAL if rate >= 50 else Conformity.NONE


class Judgement(models.Model):
    """What an audit says of one criterion, on the whole of the pages it sampled."""

    class State(models.TextChoices):
        CONFORMING = "conforming", "conforme"
        FAILING = "failing", "non conforme"
        NOT_APPLICABLE = "not_applicable", "non applicable"
        DEROGATED = "derogated", "dérogation"

    audit = models.ForeignKey(Audit, models.CASCADE, related_name="judgements", verbose_name="audit")
    criterion = models.CharField("critère", max_length=5)
    state = models.CharField("état", max_length=20, choices=State.choices)
    note = models.TextField("constat", max_length=2000, blank=True)
    reason = models.TextField("motif de la dérogation", max_length=1000, blank=True)
    # With an accessible alternative, a content exempted by a derogation is not applicable; without, it counts.
    alternative = models.TextField("alternative accessible", max_length=1000, blank=True)
    is_proposed = models.BooleanField("proposé par la plateforme", default=False)
    judged_at = models.DateTimeField("évalué le")

    class Meta:
        verbose_name = "critère évalué"
        verbose_name_plural = "critères évalués"
        constraints = [
            models.UniqueConstraint(fields=["audit", "criterion"], name="a_criterion_is_judged_once_in_an_audit"),
            models.CheckConstraint(condition=~Q(state="derogated") | ~Q(reason=""), name="a_derogation_has_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.state}"

    @property
    def is_applicable(self) -> bool:
        """Whether the criterion counts in the rate."""
        if self.state == self.State.DEROGATED:
            return not self.alternative
        return self.state != self.State.NOT_APPLICABLE


class SampledPage(models.Model):
    """One page of the site that an audit read."""

    audit = models.ForeignKey(Audit, models.CASCADE, related_name="pages", verbose_name="audit")
    address = models.CharField("adresse dans le site", max_length=500)
    title = models.CharField("titre", max_length=255)

    class Meta:
        verbose_name = "page de l’échantillon"
        verbose_name_plural = "pages de l’échantillon"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["audit", "address"], name="a_page_is_sampled_once")]

    def __str__(self) -> str:
        return self.address


class AccessibilityPlan(models.Model):
    """The multi-year plan of accessibility (loi n° 2005-102, article 47, III): at most three years, its actions."""

    website = models.OneToOneField(
        WebSite, models.CASCADE, related_name="accessibility_plan", verbose_name="site internet"
    )
    first_year = models.PositiveSmallIntegerField("première année")
    last_year = models.PositiveSmallIntegerField("dernière année")
    # A position, not a name: « la secrétaire générale ou le secrétaire général ».
    referent = models.CharField("référent ou référente accessibilité", max_length=150, blank=True)
    policy = models.TextField("politique et moyens", max_length=3000, blank=True)
    updated_at = models.DateTimeField("mis à jour le")
    is_fictitious = models.BooleanField("fictif", default=False)

    class Meta:
        verbose_name = "schéma pluriannuel d’accessibilité"
        verbose_name_plural = "schémas pluriannuels d’accessibilité"
        constraints = [
            models.CheckConstraint(condition=Q(last_year__gte=F("first_year")), name="a_plan_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"schéma {self.first_year}-{self.last_year}, site {self.website_id}"


class PlanAction(models.Model):
    """One action of the plan, in the year it is for."""

    plan = models.ForeignKey(AccessibilityPlan, models.CASCADE, related_name="actions", verbose_name="schéma")
    year = models.PositiveSmallIntegerField("année")
    what = models.CharField("action", max_length=300)
    is_done = models.BooleanField("faite", default=False)

    class Meta:
        verbose_name = "action d’accessibilité"
        verbose_name_plural = "actions d’accessibilité"
        ordering = ["year", "pk"]

    def __str__(self) -> str:
        return f"{self.year} {self.what}"
