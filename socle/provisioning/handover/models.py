"""An archive of all that a beneficiary wrote: asked, made, taken, removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.lib.due import has_come
from socle.people.models import Beneficiary, User


class HandoverStatus(models.TextChoices):
    ASKED = "asked", "demandée"
    MAKING = "making", "en préparation"
    FAILED = "failed", "retardée, nouvel essai prévu"
    READY = "ready", "prête"
    REMOVED = "removed", "retirée"


HANDOVER_MOVES: dict[HandoverStatus, tuple[HandoverStatus, ...]] = {
    HandoverStatus.ASKED: (HandoverStatus.MAKING, HandoverStatus.REMOVED),
    HandoverStatus.MAKING: (HandoverStatus.READY, HandoverStatus.FAILED, HandoverStatus.REMOVED),
    HandoverStatus.FAILED: (HandoverStatus.MAKING, HandoverStatus.REMOVED),
    HandoverStatus.READY: (HandoverStatus.REMOVED,),
    HandoverStatus.REMOVED: (),
}
UNFINISHED = (HandoverStatus.ASKED, HandoverStatus.MAKING, HandoverStatus.FAILED)


# How long a worker holds one, and the longest wait after a failure.
CLAIM, LAST_RETRY = timedelta(minutes=15), timedelta(hours=6)


class HandoverQuerySet(models.QuerySet["Handover"]):
    def due(self, at: datetime) -> HandoverQuerySet:
        """Archives to make or to resume: no worker holds them, and their next try has come."""
        free = Q(claimed_until__isnull=True) | has_come("claimed_until", at, within=CLAIM)
        come = Q(next_try_at__isnull=True) | has_come("next_try_at", at, within=LAST_RETRY)
        return self.filter(free, come, status__in=UNFINISHED)


HandoverManager = models.Manager.from_queryset(HandoverQuerySet)


class Handover(models.Model):
    """One archive of one beneficiary. The row stays when the file goes: it proves that everything was handed back.

    While it is made, `part`, `files` and `size` say how far; once ready, `files` and `size` are the whole's.
    """

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="handovers", verbose_name="bénéficiaire")
    status = models.CharField("état", max_length=10, choices=HandoverStatus.choices, default=HandoverStatus.ASKED)
    reason = models.CharField("motif", max_length=300)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="demandée par")
    asked_at = models.DateTimeField("demandée le")
    part = models.CharField("partie en cours", max_length=80, blank=True)
    parts_done = models.PositiveSmallIntegerField("parties faites", default=0)
    parts = models.PositiveSmallIntegerField("parties", default=0)
    files = models.PositiveIntegerField("fichiers", default=0)
    size = models.PositiveBigIntegerField("taille (octets)", default=0)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    claimed_until = models.DateTimeField("prise en charge jusqu’à", null=True, blank=True)
    next_try_at = models.DateTimeField("prochain essai", null=True, blank=True)
    last_error = models.CharField("dernière erreur", max_length=300, blank=True)
    # In the shared storage, in a folder whose name nobody guesses; never served but by the door that checks.
    file = models.CharField("fichier", max_length=200, blank=True)
    sha256 = models.CharField("empreinte", max_length=64, blank=True)
    ready_at = models.DateTimeField("prête le", null=True, blank=True)
    taken_at = models.DateTimeField("emportée pour la première fois le", null=True, blank=True)
    removed_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects: ClassVar[HandoverManager[Handover]] = ScopedManager(
        beneficiary="beneficiary", _manager_class=HandoverManager
    )

    class Meta:
        verbose_name = "archive à emporter"
        verbose_name_plural = "archives à emporter"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary"], condition=Q(status__in=UNFINISHED), name="one_handover_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"archive {self.pk} ({self.beneficiary_id})"

    @property
    def filename(self) -> str:
        """Return the name of the file of the archive."""
        day = (self.ready_at or self.asked_at).date()
        return f"socle-archive-{self.beneficiary_id}-{day.isoformat()}.zip"
