"""The domain names of public bodies: whose each is, what proves it, who holds its zone, and what the DNS said of it."""

from __future__ import annotations

import secrets
from typing import ClassVar

import idna
from django.conf import settings
from django.db import models
from django_scopes import ScopedManager

from socle.domains.records import PROOF_LABEL
from socle.lib.domains import zone_of

TOKEN_BYTES = 16


class Holder(models.TextChoices):
    OPERATOR = "operator", "les serveurs de noms de l’opérateur"
    ELSEWHERE = "elsewhere", "le bureau d’enregistrement de la commune"


def new_token() -> str:
    """Return what a body copies in its zone: 128 random bits, in letters that every form of a registrar takes."""
    return secrets.token_hex(TOKEN_BYTES)


class DomainName(models.Model):
    """A domain name of a beneficiary, until nothing uses it: one of its own, or one under the operator's.

    `name` is in ASCII, without `www.`; the site and the mail that use it bear the same. `token` is what the zone of one
    of its own is to say, once: whoever writes there decides of it. A name under the operator's is in the operator's
    zone; one of a body's own has a zone here once its registrar was told to ask our servers (`holder`).
    """

    beneficiary = models.ForeignKey(
        "people.Beneficiary", models.CASCADE, related_name="domain_names", verbose_name="bénéficiaire"
    )
    name = models.CharField("nom de domaine", max_length=249, unique=True)
    is_own = models.BooleanField("appartient à l’organisme", default=True)
    claimed_at = models.DateTimeField("donné le")
    token = models.CharField("jeton à publier", max_length=64, default=new_token)
    proved_at = models.DateTimeField("prouvé le", null=True, blank=True)
    # --- What the DNS says of it
    next_check_at = models.DateTimeField("prochaine vérification", db_index=True)
    checked_at = models.DateTimeField("vérifié le", null=True, blank=True)
    # Unknown when nobody answered, or while a change makes its way.
    is_right = models.BooleanField("juste", null=True)
    # --- What we write in its zone, when it is here
    holder = models.CharField("zone tenue par", max_length=10, choices=Holder.choices, default=Holder.ELSEWHERE)
    next_zone_at = models.DateTimeField("prochaine écriture", null=True, blank=True, db_index=True)
    zone_at = models.DateTimeField("zone juste le", null=True, blank=True)
    zone_problem = models.CharField("ce qui empêche d’écrire la zone", max_length=500, blank=True)
    zone_tries = models.PositiveSmallIntegerField("essais", default=0)
    # The names we wrote, one a line: those of a former key are removed by them.
    written = models.TextField("noms écrits", blank=True)
    ds = models.TextField("empreintes DNSSEC", blank=True)

    objects: ClassVar[models.Manager[DomainName]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "nom de domaine"
        verbose_name_plural = "noms de domaine"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """The name as people read it, with its accents."""
        try:
            return str(idna.decode(self.name))
        except idna.IDNAError:
            return self.name

    @property
    def proof_host(self) -> str:
        """Where its zone is to say the token."""
        return f"{PROOF_LABEL}.{self.name}"

    @property
    def proof(self) -> str:
        """The text to publish there."""
        return f"socle-preuve={self.token}"

    @property
    def is_here(self) -> bool:
        """Whether we write its zone."""
        return self.holder == Holder.OPERATOR

    @property
    def zone(self) -> str:
        """The zone where its records are written: the operator's, its own when we hold it, else the registered name."""
        if not self.is_own:
            return settings.SOCLE_MAIL_DOMAIN
        return self.name if self.is_here else zone_of(self.name)


class DomainCheck(models.Model):
    """Answers of the DNS about a name from one check to another: as long as nothing changes, it is one row."""

    domain = models.ForeignKey(DomainName, models.CASCADE, related_name="checks", verbose_name="nom de domaine")
    first_at = models.DateTimeField("vu la première fois le")
    last_at = models.DateTimeField("vu la dernière fois le")
    count = models.PositiveIntegerField("fois", default=1)
    is_right = models.BooleanField("juste", null=True)
    # As lines: who said it, name, type asked, seconds left, kind, value (`socle.domains.contract.Heard`).
    heard = models.TextField("ce que le DNS a répondu", blank=True)

    objects: ClassVar[models.Manager[DomainCheck]] = ScopedManager(beneficiary="domain__beneficiary")

    class Meta:
        verbose_name = "vérification d’un nom de domaine"
        verbose_name_plural = "vérifications des noms de domaine"
        ordering = ["-first_at", "-pk"]

    def __str__(self) -> str:
        return f"vérification, nom {self.domain_id}"
