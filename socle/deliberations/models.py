"""Acts of assemblies, recorded or uploaded."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from socle.documents.models import Document
from socle.people.models import Beneficiary, Operator


class Act(models.Model):
    """A deliberation or a decision: what empowers a signatory, and from which day.

    An act belongs to the assembly of a beneficiary or of an operator. It is executory on the later of its publication
    and of its reception by the prefecture (CGCT, L. 2131-1 and L. 3131-1), or on publication alone when it is not
    transmissible, which wants a written reason.
    """

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="bénéficiaire"
    )
    operator = models.ForeignKey(
        Operator, models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="opérateur"
    )
    body = models.CharField("assemblée", max_length=120)
    number = models.CharField("numéro", max_length=30)
    subject = models.CharField("objet", max_length=500)
    adopted_on = models.DateField("adopté le")
    received_on = models.DateField("reçu en préfecture le", null=True, blank=True)
    published_on = models.DateField("publié le", null=True, blank=True)
    not_transmissible_because = models.CharField("motif de non-transmission", max_length=300, blank=True)
    identifier = models.CharField("identifiant @CTES", max_length=60, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="document"
    )
    publication_certificate = models.TextField("certificat de publication", blank=True)
    is_fictitious = models.BooleanField("acte fictif de démonstration", default=False)

    class Meta:
        verbose_name = "acte"
        ordering = ["-adopted_on", "number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=False, operator__isnull=True)
                | Q(beneficiary__isnull=True, operator__isnull=False),
                name="an_act_belongs_to_one_body",
            ),
            models.UniqueConstraint(
                fields=["beneficiary", "number"],
                condition=Q(beneficiary__isnull=False),
                name="one_act_per_beneficiary_number",
            ),
            models.UniqueConstraint(
                fields=["operator", "number"],
                condition=Q(operator__isnull=False),
                name="one_act_per_operator_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}, n° {self.number}"

    @property
    def executory_on(self) -> date | None:
        """The first day on which the act is executory, or None while it is not."""
        if self.published_on is None:
            return None
        if self.not_transmissible_because:
            return self.published_on
        if self.received_on is None:
            return None
        return max(self.published_on, self.received_on)
