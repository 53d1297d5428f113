"""Addresses that are not boxes: what is written to them goes to others."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.mail.models.boxes import RECEIVING, Mailbox
from socle.people.models import Beneficiary


class Confirmed(models.Model):
    """An address outside the beneficiary's domains to which nothing goes before its owner agreed, by a link.

    Only the digest of the link's secret is kept.
    """

    token_sha256 = models.CharField("empreinte du lien", max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField("accord demandé le", null=True, blank=True)
    expires_at = models.DateTimeField("lien valable jusqu’au", null=True, blank=True)
    confirmed_at = models.DateTimeField("accord donné le", null=True, blank=True)

    class Meta:
        abstract = True


class Alias(models.Model):
    """An address whose mail goes to boxes or to people: `postmaster@`, or a group such as `conseil@`.

    It is written to at every domain of the beneficiary.
    """

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="mail_aliases", verbose_name="bénéficiaire"
    )
    local_part = models.CharField("début de l’adresse", max_length=64)
    name = models.CharField("nom", max_length=120, blank=True)
    is_group = models.BooleanField("groupe de personnes", default=False)
    # postmaster and abuse: whoever runs mail must answer there (RFC 2142), they cannot be removed.
    is_required = models.BooleanField("obligatoire", default=False)
    made_at = models.DateTimeField("créée le")

    objects: ClassVar[models.Manager[Alias]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "adresse de renvoi"
        verbose_name_plural = "adresses de renvoi"
        ordering = ["local_part"]
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "local_part"], name="one_alias_per_local_part_of_a_body")
        ]

    def __str__(self) -> str:
        return f"{self.local_part} ({self.beneficiary_id})"


class DestinationQuerySet(models.QuerySet["Destination"]):
    def reached(self) -> Self:
        """Destinations to which mail goes now: boxes that receive, and outside addresses whose owner agreed."""
        return self.filter(Q(mailbox__status__in=RECEIVING) | Q(mailbox=None, confirmed_at__isnull=False))


DestinationManager = models.Manager.from_queryset(DestinationQuerySet)


class Destination(Confirmed):
    """Where the mail of an alias goes: a box of the beneficiary, or an address outside."""

    alias = models.ForeignKey(Alias, models.CASCADE, related_name="destinations", verbose_name="adresse de renvoi")
    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, null=True, blank=True, related_name="alias_destinations", verbose_name="boîte"
    )
    address = models.CharField("adresse extérieure", max_length=254, blank=True)
    name = models.CharField("nom", max_length=120, blank=True)

    objects: ClassVar[DestinationManager[Destination]] = ScopedManager(
        beneficiary="alias__beneficiary", _manager_class=DestinationManager
    )

    class Meta:
        verbose_name = "destinataire d’une adresse de renvoi"
        verbose_name_plural = "destinataires des adresses de renvoi"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(mailbox__isnull=False, address="") | (Q(mailbox__isnull=True) & ~Q(address="")),
                name="a_destination_is_a_box_or_an_address",
            ),
            models.UniqueConstraint(fields=["alias", "mailbox", "address"], name="one_row_per_destination"),
            models.UniqueConstraint(
                fields=["alias", "address"], condition=Q(mailbox__isnull=True), name="one_row_per_outside_destination"
            ),
        ]

    def __str__(self) -> str:
        return f"destinataire {self.pk} de {self.alias_id}"
