"""Batches and their lines."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from socle.lib.due import has_come
from socle.people.models import Operator, User
from socle.programme.models import Programme


class Status(models.TextChoices):
    RUNNING = "running", "en cours"
    PAUSED = "paused", "en pause"
    FINISHED = "finished", "terminé"
    CANCELLED = "cancelled", "arrêté"


# A batch that ended starts again when its failures are retried.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.RUNNING: (Status.PAUSED, Status.FINISHED, Status.CANCELLED),
    Status.PAUSED: (Status.RUNNING, Status.CANCELLED),
    Status.FINISHED: (Status.RUNNING,),
    Status.CANCELLED: (Status.RUNNING,),
}


class LineState(models.TextChoices):
    PENDING = "pending", "à faire"
    RUNNING = "running", "en cours"
    DONE = "done", "fait"
    REFUSED = "refused", "refusé"
    FAILED = "failed", "en échec"
    LEFT = "left", "laissé"


# What still has to be done. A line « running » that nobody holds is one whose worker died: it is taken again.
WAITING = (LineState.PENDING, LineState.RUNNING)


# The longest wait after a hindrance.
LAST_RETRY = timedelta(minutes=5)


class BatchQuerySet(models.QuerySet["Batch"]):
    def due(self, at: datetime) -> BatchQuerySet:
        """Those that run and have something to do now, or nothing left at all (they are to be ended)."""
        waiting = BatchLine.objects.filter(batch=models.OuterRef("pk"), state__in=WAITING)
        now = waiting.filter(Q(due_at__isnull=True) | Q(due_at__lte=at))
        is_time = Q(next_try_at__isnull=True) | has_come("next_try_at", at, within=LAST_RETRY)
        return self.filter(is_time, status=Status.RUNNING).filter(models.Exists(now) | ~models.Exists(waiting))


class Batch(models.Model):
    """One gesture made on many things by one person, in the name of their operator.

    `key` is that of the form that asked for it: sent twice, it starts once. `hindrance` says what keeps the whole batch
    from going on (the disk is full, the database does not answer); it is tried again at `next_try_at`.
    """

    key = models.UUIDField("clé de la demande", unique=True, default=uuid.uuid4, editable=False)
    gesture = models.CharField("geste", max_length=40)
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name="opérateur")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+", verbose_name="programme")
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="lancé par")
    # Who leads it and in whose name its lines are done, once it is no longer whoever started it: that stays written.
    followed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="suivi par"
    )
    filters = models.CharField("filtres de la liste", max_length=1000, blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.RUNNING)
    started_at = models.DateTimeField("lancé le")
    # Times of before a pause say nothing of what remains.
    resumed_at = models.DateTimeField("repris le")
    ended_at = models.DateTimeField("fini le", null=True, blank=True)
    served_at = models.DateTimeField("servi le", null=True, blank=True)
    hindrance = models.CharField("empêchement", max_length=300, blank=True)
    hindrances = models.PositiveSmallIntegerField("empêchements de suite", default=0)
    next_try_at = models.DateTimeField("prochain essai", null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = "lot"
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "served_at"], name="batch_to_serve")]

    def __str__(self) -> str:
        return f"lot n° {self.pk}"

    @property
    def follower(self) -> User:
        """Who leads it: whoever took it over, or whoever started it."""
        return self.followed_by or self.started_by


class BatchLine(models.Model):
    """One thing of a batch, by its identifier, and what became of it.

    It belongs to the operator who asked, not to a beneficiary: `label` is what their list showed that day. `starts`
    counts the times it was begun without an end since the last one; `waits`, those it was put back to later.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="lines", verbose_name="lot")
    subject = models.CharField("identifiant de l’objet", max_length=64)
    label = models.CharField("objet", max_length=200)
    code = models.CharField("code INSEE", max_length=5, blank=True)
    state = models.CharField("état", max_length=10, choices=LineState.choices, default=LineState.PENDING)
    says = models.CharField("ce qui s’est passé", max_length=1000, blank=True)
    starts = models.PositiveSmallIntegerField("débuts sans fin", default=0)
    waits = models.PositiveSmallIntegerField("remises à plus tard", default=0)
    due_at = models.DateTimeField("pas avant", null=True, blank=True)
    started_at = models.DateTimeField("commencé le", null=True, blank=True)
    ended_at = models.DateTimeField("fini le", null=True, blank=True)

    class Meta:
        verbose_name = "ligne de lot"
        verbose_name_plural = "lignes de lot"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "subject"], name="a_thing_is_once_in_a_batch")]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="batch_line_state"),
            models.Index(fields=["batch", "ended_at"], name="batch_line_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.get_state_display()})"
