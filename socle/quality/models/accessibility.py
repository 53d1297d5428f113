"""The accessibility of a site: the results of its audits, and the plan to mend what is not conforming.

A site that nobody audited has no row here.
"""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from socle.sites.models.sites import WebSite


class Conformity(models.TextChoices):
    """The three states that a statement may say (RGAA 4.1.2, « État de conformité »)."""

    NONE = "none", "non conforme"
    PARTIAL = "partial", "partiellement conforme"
    TOTAL = "total", "totalement conforme"


class Audit(models.Model):
    """The result of an accessibility audit made elsewhere, as its report gives it: all of it is published."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="audits", verbose_name="site internet")
    made_on = models.DateField("date de l’audit")
    # An organisation or a service, as the statement names it.
    auditor = models.CharField("réalisé par", max_length=150)
    rate = models.DecimalField("taux de conformité, en pourcentage", max_digits=5, decimal_places=2)
    failing = models.TextField("non-conformités", max_length=10_000, blank=True)
    derogated = models.TextField("dérogations pour charge disproportionnée", max_length=10_000, blank=True)
    tools = models.TextField("environnement de test et outils", max_length=2000, blank=True)
    pages = models.TextField("pages vérifiées", max_length=5000)
    declared_at = models.DateTimeField("déclaré le")
    is_fictitious = models.BooleanField("fictif", default=False)

    class Meta:
        verbose_name = "audit d’accessibilité"
        verbose_name_plural = "audits d’accessibilité"
        ordering = ["-made_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=100), name="a_rate_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"audit {self.pk}, site {self.website_id}"

    @property
    def conformity(self) -> Conformity:
        """Return the result of this audit, were it still valid."""
        if self.rate >= 100:
            return Conformity.TOTAL
        return Conformity.PARTIAL if self.rate >= 50 else Conformity.NONE


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
    actions = models.TextField("plan d’action", max_length=6000, blank=True)
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
