"""The domains under which a beneficiary writes and is written to."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from typing import ClassVar, Self

import idna
from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.people.models import Beneficiary, User


class Status(models.TextChoices):
    PREPARED = "prepared", "préparé"
    ACTIVE = "active", "en service"
    SUSPENDED = "suspended", "suspendu"
    CLOSED = "closed", "fermé"


# Prepared: its boxes exist and open, nothing arrives by it yet. Closed: it can be taken up again by whoever had it.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.PREPARED: (Status.ACTIVE, Status.CLOSED),
    Status.ACTIVE: (Status.SUSPENDED, Status.CLOSED),
    Status.SUSPENDED: (Status.ACTIVE, Status.CLOSED),
    Status.CLOSED: (Status.PREPARED,),
}


class DomainQuerySet(models.QuerySet["Domain"]):
    def open(self) -> Self:
        """Domains that have boxes: all but the closed ones."""
        return self.exclude(status=Status.CLOSED)

    def receiving(self) -> Self:
        """Domains for which our servers take mail. A suspended one still receives: what arrives is kept."""
        return self.filter(status__in=(Status.ACTIVE, Status.SUSPENDED))


DomainManager = models.Manager.from_queryset(DomainQuerySet)


class Domain(models.Model):
    """A domain, after the « @ »: a sub-domain of the operator's, given at birth, or one the commune owns.

    Each box and each alias of a beneficiary is written to at every one of its domains; the main one is what boxes are
    shown and send under. `name` is in ASCII (IDNA), lower case. The private key of its DKIM signatures rests encrypted
    (`socle.lib.vault`, purpose `mail.dkim`); the public one is what the DNS publishes, in base64 without line ends.
    """

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="mail_domains", verbose_name="bénéficiaire"
    )
    name = models.CharField("nom de domaine", max_length=249, unique=True)
    is_own = models.BooleanField("appartient à la commune")
    is_main = models.BooleanField("domaine principal", default=False)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.PREPARED)
    dkim_selector = models.CharField("sélecteur DKIM", max_length=63, blank=True)
    dkim_private_key = models.TextField("clé privée DKIM, chiffrée", blank=True)
    dkim_public_key = models.TextField("clé publique DKIM", blank=True)
    made_at = models.DateTimeField("choisi le")
    activated_at = models.DateTimeField("en service depuis le", null=True, blank=True)
    suspended_at = models.DateTimeField("suspendu le", null=True, blank=True)
    closed_at = models.DateTimeField("fermé le", null=True, blank=True)
    # When an officer put it in service although the DNS does not lead here: who, and why.
    forced_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="mis en service d’office par"
    )
    forced_reason = models.CharField("raison", max_length=300, blank=True)
    # As those who bring mail see it; unknown when nobody answered, or before it was looked at.
    is_mail_here = models.BooleanField("le courrier arrive ici", null=True)

    objects: ClassVar[DomainManager[Domain]] = ScopedManager(beneficiary="beneficiary", _manager_class=DomainManager)

    class Meta:
        verbose_name = "domaine de messagerie"
        verbose_name_plural = "domaines de messagerie"
        ordering = ["-is_main", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary"], condition=Q(is_main=True), name="one_main_mail_domain_per_beneficiary"
            ),
            models.CheckConstraint(
                condition=Q(is_main=False) | ~Q(status="closed"), name="a_closed_mail_domain_is_not_main"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """The domain as people read it, with its accents."""
        try:
            return str(idna.decode(self.name))
        except idna.IDNAError:
            return self.name
