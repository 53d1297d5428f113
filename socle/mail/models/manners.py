"""Automatic replies and forwarding of a box: answers an absence, sends on."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from socle.mail.models.aliases import Confirmed
from socle.mail.models.boxes import Mailbox


class Vacation(models.Model):
    """The answer of an absence, from a day to a day (both included, Europe/Paris); once to each who writes."""

    mailbox = models.OneToOneField(Mailbox, models.CASCADE, related_name="vacation", verbose_name="boîte aux lettres")
    subject = models.CharField("objet", max_length=150)
    text = models.TextField("réponse", max_length=2000)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)

    objects: ClassVar[models.Manager[Vacation]] = ScopedManager(beneficiary="mailbox__beneficiary")

    class Meta:
        verbose_name = "réponse d’absence"
        verbose_name_plural = "réponses d’absence"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="an_absence_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"absence, boîte {self.mailbox_id}"

    def is_running_on(self, on: date) -> bool:
        """Say whether the box answers on this day."""
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class Forwarding(Confirmed):
    """Forwarding of what a box receives to an address. Outside, nothing leaves before its owner agreed.

    Towards a box of the same beneficiary, `confirmed_at` is when it was asked: there is nobody to ask.
    """

    mailbox = models.OneToOneField(Mailbox, models.CASCADE, related_name="forwarding", verbose_name="boîte aux lettres")
    destination = models.CharField("vers l’adresse", max_length=254)
    is_copy_kept = models.BooleanField("en gardant une copie dans la boîte", default=True)
    made_at = models.DateTimeField("demandé le")

    objects: ClassVar[models.Manager[Forwarding]] = ScopedManager(beneficiary="mailbox__beneficiary")

    class Meta:
        verbose_name = "renvoi d’une boîte"
        verbose_name_plural = "renvois des boîtes"

    def __str__(self) -> str:
        return f"renvoi, boîte {self.mailbox_id}"

    @property
    def is_in_force(self) -> bool:
        """Say whether mail is forwarded by it."""
        return self.confirmed_at is not None
