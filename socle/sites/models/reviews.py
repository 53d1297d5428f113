"""Who was asked to read a page over before it appears, and what they answered."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager
from wagtail.models import Page

from socle.people.models import User
from socle.sites.models.sites import WebSite


class ReviewStatus(models.TextChoices):
    WAITING = "waiting", "à relire"
    SENT_BACK = "sent_back", "à reprendre"
    APPROVED = "approved", "approuvée et publiée"
    CLOSED = "closed", "close sans relecture"


MOVES: dict[ReviewStatus, tuple[ReviewStatus, ...]] = {
    ReviewStatus.WAITING: (ReviewStatus.APPROVED, ReviewStatus.SENT_BACK, ReviewStatus.CLOSED),
    # Asked again once corrected, or published without more ado.
    ReviewStatus.SENT_BACK: (ReviewStatus.WAITING, ReviewStatus.CLOSED),
    ReviewStatus.APPROVED: (),
    ReviewStatus.CLOSED: (),
}
OPEN = (ReviewStatus.WAITING, ReviewStatus.SENT_BACK)


class ReviewQuerySet(models.QuerySet["Review"]):
    def open(self) -> Self:
        """Those that someone has still to read, or to correct."""
        return self.filter(status__in=OPEN)


ReviewManager = models.Manager.from_queryset(ReviewQuerySet)


class Review(models.Model):
    """A page shown to somebody of the mairie before it appears.

    It is entrusted to one person, who is written to; anyone who may publish may answer in their place.
    """

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="reviews", verbose_name="site internet")
    page = models.ForeignKey(Page, models.CASCADE, related_name="+", verbose_name="page")
    status = models.CharField("état", max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.WAITING)
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="demandée par"
    )
    asked_of = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="demandée à"
    )
    asked_at = models.DateTimeField("demandée le")
    word = models.CharField("mot de qui demande", max_length=500, blank=True)
    answered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="répondue par"
    )
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)
    answer = models.CharField("mot de qui répond", max_length=500, blank=True)

    objects: ClassVar[ReviewManager[Review]] = ScopedManager(
        beneficiary="website__beneficiary", _manager_class=ReviewManager
    )

    class Meta:
        verbose_name = "relecture d’une page"
        verbose_name_plural = "relectures des pages"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["page"], condition=Q(status__in=OPEN), name="one_open_review_per_page")
        ]

    def __str__(self) -> str:
        return f"relecture, page {self.page_id}"

    @property
    def beneficiary_id(self) -> int:
        """Return the beneficiary that the journal notes beside a review."""
        return self.website.beneficiary_id

    @property
    def is_waiting(self) -> bool:
        return self.status == ReviewStatus.WAITING

    @property
    def is_sent_back(self) -> bool:
        return self.status == ReviewStatus.SENT_BACK
