"""Watch over a domain: what the DNS is to say of it, who holds its zone, and what was seen of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from socle.mail.models.domains import Domain


class Holder(models.TextChoices):
    OPERATOR = "operator", "les serveurs de noms de l’opérateur"
    ELSEWHERE = "elsewhere", "le bureau d’enregistrement de la commune"


class DomainWatch(models.Model):
    """Where a domain stands in the DNS: one row a domain, made as soon as it is chosen.

    A sub-domain of the operator's is in the operator's zone; a domain of the commune's has a zone of its own, here once
    its registrar was told to ask our servers (`holder`), elsewhere before.
    """

    domain = models.OneToOneField(Domain, models.CASCADE, related_name="watch", verbose_name="domaine de messagerie")
    holder = models.CharField(
        "zone tenue par", max_length=10, choices=Holder.choices, default=Holder.ELSEWHERE, db_default=Holder.ELSEWHERE
    )
    # --- What the world sees
    next_check_at = models.DateTimeField("prochaine vérification", db_index=True)
    checked_at = models.DateTimeField("vérifié le", null=True, blank=True)
    # Unknown when nobody answered, or while a change makes its way.
    is_right = models.BooleanField("juste", null=True)
    is_mail_here = models.BooleanField("le courrier arrive ici", null=True)
    # --- What we wrote, when its zone is here
    next_zone_at = models.DateTimeField("prochaine écriture", null=True, blank=True, db_index=True)
    zone_at = models.DateTimeField("zone juste le", null=True, blank=True)
    zone_problem = models.CharField("ce qui empêche d’écrire la zone", max_length=500, blank=True)
    zone_tries = models.PositiveSmallIntegerField("essais", default=0)
    # The names we wrote, one a line: those of a former key are removed by them.
    written = models.TextField("noms écrits", blank=True)
    ds = models.TextField("empreintes DNSSEC", blank=True)

    objects: ClassVar[models.Manager[DomainWatch]] = ScopedManager(beneficiary="domain__beneficiary")

    class Meta:
        verbose_name = "suivi d’un domaine"
        verbose_name_plural = "suivis des domaines"

    def __str__(self) -> str:
        return f"suivi, domaine {self.domain_id}"

    @property
    def is_here(self) -> bool:
        """Whether we write its zone."""
        return self.holder == Holder.OPERATOR


class DomainCheck(models.Model):
    """The state of a domain from one check to another: as long as nothing changes, it is one row."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="checks", verbose_name="domaine de messagerie")
    first_at = models.DateTimeField("vu la première fois le")
    last_at = models.DateTimeField("vu la dernière fois le")
    count = models.PositiveIntegerField("fois", default=1)
    is_right = models.BooleanField("juste", null=True)
    is_mail_here = models.BooleanField("le courrier arrive ici", null=True)
    # As lines: who said it, name, type asked, seconds left, kind, value (`socle.mail.contract.Heard`).
    heard = models.TextField("ce que le DNS a répondu", blank=True)

    objects: ClassVar[models.Manager[DomainCheck]] = ScopedManager(beneficiary="domain__beneficiary")

    class Meta:
        verbose_name = "vérification d’un domaine"
        verbose_name_plural = "vérifications des domaines"
        ordering = ["-first_at", "-pk"]

    def __str__(self) -> str:
        return f"vérification, domaine {self.domain_id}"
