"""Models: the slip of an elimination, its articles and their rows, and what was agreed once with the archives."""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.documents.models import Document
from socle.people.models import Beneficiary, User


class Status(models.TextChoices):
    PREPARED = "prepared", "à viser"
    VISAED = "visaed", "visé"
    ERASED = "erased", "éliminé"
    WITHDRAWN = "withdrawn", "abandonné"


MOVES: dict[Status, tuple[Status, ...]] = {
    # Without a visa of its own when a standing agreement covers each of its articles.
    Status.PREPARED: (Status.VISAED, Status.ERASED, Status.WITHDRAWN),
    Status.VISAED: (Status.ERASED, Status.WITHDRAWN),
    Status.ERASED: (),
    Status.WITHDRAWN: (),
}


class Slip(models.Model):
    """A proposal to eliminate, as printed: what the archives visa is what is erased, and nothing else."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="elimination_slips", verbose_name="bénéficiaire"
    )
    number = models.CharField("numéro", max_length=12)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.PREPARED)
    made_at = models.DateTimeField("préparé le")
    made_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="préparé par"
    )
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="bordereau imprimé")
    visa_on = models.DateField("date du visa", null=True, blank=True)
    visa_from = models.CharField("service qui a visé", max_length=120, blank=True)
    visa_reference = models.CharField("référence du visa", max_length=80, blank=True)
    ended_at = models.DateTimeField("éliminé ou abandonné le", null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="éliminé ou abandonné par"
    )
    # Fewer than its articles say when some were taken up again meanwhile.
    erased = models.PositiveIntegerField("lignes éliminées", default=0)

    objects = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "bordereau d’élimination"
        verbose_name_plural = "bordereaux d’élimination"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "number"], name="one_elimination_slip_per_number"),
            # What is in two slips would be erased by the first one visaed.
            models.UniqueConstraint(
                fields=["beneficiary"], condition=Q(status__in=("prepared", "visaed")), name="one_open_elimination_slip"
            ),
            models.CheckConstraint(
                condition=~Q(status="visaed") | (Q(visa_on__isnull=False) & ~Q(visa_from="")),
                name="a_visaed_slip_has_its_visa",
            ),
        ]

    def __str__(self) -> str:
        return f"bordereau {self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in (Status.PREPARED, Status.VISAED)


class SlipArticle(models.Model):
    """An article of a slip: one kind of archives of one year, its dates, its volume, and the rule that ends it."""

    slip = models.ForeignKey(Slip, models.CASCADE, related_name="articles", verbose_name="bordereau")
    rank = models.PositiveSmallIntegerField("article")
    rule = models.CharField("règle de conservation", max_length=40)
    what = models.CharField("contenu", max_length=200)
    term = models.CharField("durée et point de départ", max_length=200)
    first_on = models.DateField("date la plus ancienne")
    last_on = models.DateField("date la plus récente")
    count = models.PositiveIntegerField("dossiers")
    files = models.PositiveIntegerField("pièces jointes")
    size = models.PositiveBigIntegerField("octets")
    # The archives want it kept, or handed over to them: it is not erased.
    is_refused = models.BooleanField("refusé par les archives", default=False)

    class Meta:
        verbose_name = "article d’un bordereau d’élimination"
        verbose_name_plural = "articles d’un bordereau d’élimination"
        ordering = ["slip_id", "rank"]
        constraints = [models.UniqueConstraint(fields=["slip", "rank"], name="one_elimination_article_per_rank")]

    def __str__(self) -> str:
        return f"article {self.rank}, bordereau {self.slip_id}"


class SlipRow(models.Model):
    """One file of an article, by its identifier alone: it names nobody, and stays as the trace of what was erased."""

    article = models.ForeignKey(SlipArticle, models.CASCADE, related_name="rows", verbose_name="article")
    row = models.PositiveBigIntegerField("identifiant")

    class Meta:
        verbose_name = "dossier d’un article"
        verbose_name_plural = "dossiers d’un article"
        constraints = [models.UniqueConstraint(fields=["article", "row"], name="one_elimination_row_per_article")]

    def __str__(self) -> str:
        return f"dossier {self.row}, article {self.article_id}"


class StandingAgreement(models.Model):
    """An agreement given once by the archives for a kind of archives: its slips then need no visa of their own."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="elimination_agreements", verbose_name="bénéficiaire"
    )
    rule = models.CharField("règle de conservation", max_length=40)
    service = models.CharField("service d’archives", max_length=120)
    reference = models.CharField("référence", max_length=80)
    signed_on = models.DateField("signé le")
    ends_on = models.DateField("valable jusqu’au", null=True, blank=True)
    noted_at = models.DateTimeField("noté le")
    noted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="noté par"
    )
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    objects = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "accord permanent avec les archives"
        verbose_name_plural = "accords permanents avec les archives"
        ordering = ["rule", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary", "rule"], condition=Q(ended_at=None), name="one_elimination_agreement_per_rule"
            )
        ]

    def __str__(self) -> str:
        return f"accord {self.pk}, {self.rule}"

    def holds_on(self, on: date) -> bool:
        """Say whether it may be relied on that day."""
        return self.ended_at is None and self.signed_on <= on and (self.ends_on is None or on <= self.ends_on)
