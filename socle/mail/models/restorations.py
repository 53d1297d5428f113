"""Restoration of a box as it was at a date, beside what it holds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from socle.mail.models.boxes import Mailbox
from socle.people.models import User


class Status(models.TextChoices):
    ASKED = "asked", "demandée"
    RUNNING = "running", "en cours"
    DONE = "done", "terminée"
    FAILED = "failed", "en échec"
    CANCELLED = "cancelled", "annulée"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.ASKED: (Status.RUNNING, Status.CANCELLED),
    # Cut short, it is taken up from the start: what it had put back is not put back twice.
    Status.RUNNING: (Status.DONE, Status.FAILED, Status.ASKED),
    Status.DONE: (),
    Status.FAILED: (Status.ASKED,),
    Status.CANCELLED: (),
}
OPEN = (Status.ASKED, Status.RUNNING)


class Restoration(models.Model):
    """Restoration of a box as it was at the end of a day, in a folder of its own: nothing there is touched."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="restorations", verbose_name="boîte aux lettres")
    as_of = models.DateField("telle qu’elle était le")
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="demandée par")
    asked_at = models.DateTimeField("demandée le")
    started_at = models.DateTimeField("commencée le", null=True, blank=True)
    ended_at = models.DateTimeField("finie le", null=True, blank=True)
    # The instant of the copy it was made from, the folder it was put in, and what was put there.
    saved_at = models.DateTimeField("copie du", null=True, blank=True)
    folder = models.CharField("dossier", max_length=120, blank=True)
    found = models.PositiveIntegerField("messages trouvés dans la copie", default=0)
    restored = models.PositiveIntegerField("messages remis", default=0)
    total_bytes = models.PositiveBigIntegerField("taille", default=0)
    problem = models.CharField("ce qui n’a pas été", max_length=300, blank=True)

    objects: ClassVar[models.Manager[Restoration]] = ScopedManager(beneficiary="mailbox__beneficiary")

    class Meta:
        verbose_name = "restauration d’une boîte"
        verbose_name_plural = "restaurations des boîtes"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox"],
                condition=models.Q(status__in=["asked", "running"]),
                name="one_open_restoration_per_box",
            )
        ]

    def __str__(self) -> str:
        return f"restauration {self.pk}, boîte {self.mailbox_id}"
