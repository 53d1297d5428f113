"""Tokens: what a program shows to be let in."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from socle.people.models import Beneficiary, Operator, User


class Scope(models.TextChoices):
    """What a token opens, besides what the person who answers for it may do."""

    COMMUNES_READ = "communes:read", "lire les communes et leur étape"
    BENEFICIARIES_READ = "beneficiaries:read", "lire les bénéficiaires"
    BENEFICIARIES_WRITE = "beneficiaries:write", "inscrire des bénéficiaires"
    AGREEMENTS_READ = "agreements:read", "lire les conventions"
    AGREEMENTS_WRITE = "agreements:write", "rédiger et faire avancer les conventions"
    INSTALLATIONS_READ = "installations:read", "lire les installations"
    INSTALLATIONS_WRITE = "installations:write", "agir sur les installations"
    JOURNAL_READ = "journal:read", "lire le journal"
    PEOPLE_READ = "people:read", "lire le nom des personnes, là où il figure"


class OwnedQuerySet(models.QuerySet["Token"]):
    def of(self, owner: Operator | Beneficiary) -> OwnedQuerySet:
        """Those of this organisation, and of no other."""
        return self.filter(beneficiary=owner) if isinstance(owner, Beneficiary) else self.filter(operator=owner)


class Owned(models.Model):
    """What an operator or a beneficiary has, and a person answers for."""

    operator = models.ForeignKey(
        Operator, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name="opérateur"
    )
    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name="bénéficiaire"
    )
    held_by = models.ForeignKey(User, models.PROTECT, related_name="%(class)ss", verbose_name="répond de lui")
    created_at = models.DateTimeField("créé le")
    is_fictitious = models.BooleanField("fictif, de démonstration", default=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=False, operator__isnull=True)
                | Q(beneficiary__isnull=True, operator__isnull=False),
                name="a_%(class)s_belongs_to_one_body",
            )
        ]

    @property
    def owner(self) -> Operator | Beneficiary:
        """The organisation whose rights it has."""
        owner = self.operator or self.beneficiary
        assert owner is not None  # The constraint of the table.
        return owner


class Token(Owned):
    """What a program shows to act for an organisation: rights of its holder there, narrowed by its scopes.

    Only the digest of the secret is kept: 256 bits drawn at random need no slow hash. `prefix` is the part that people
    see again, to tell one token from another.
    """

    name = models.CharField("nom", max_length=80)
    prefix = models.CharField("préfixe", max_length=8, unique=True)
    digest = models.CharField("empreinte du secret", max_length=64)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="créé par")
    expires_at = models.DateTimeField("expire le")
    last_used_at = models.DateTimeField("dernier usage", null=True, blank=True)
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta(Owned.Meta):
        verbose_name = "jeton"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    def is_over(self, at: datetime) -> bool:
        """Whether it opens nothing any more, whoever holds it."""
        return self.revoked_at is not None or self.expires_at <= at


class TokenScope(models.Model):
    """One thing a token opens."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="scopes", verbose_name="jeton")
    scope = models.CharField("portée", max_length=24, choices=Scope.choices)

    class Meta:
        verbose_name = "portée d’un jeton"
        verbose_name_plural = "portées d’un jeton"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["token", "scope"], name="one_row_per_scope_of_a_token")]

    def __str__(self) -> str:
        return self.scope


class KeptAnswer(models.Model):
    """What was answered to a request that bears a key, so that asked twice it is done once; kept a day."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="kept_answers", verbose_name="jeton")
    key = models.CharField("clé", max_length=255)
    fingerprint = models.CharField("empreinte de la demande", max_length=64)
    asked_at = models.DateTimeField("demandée le")
    claimed_until = models.DateTimeField("en cours jusqu’à")
    status = models.PositiveSmallIntegerField("état de la réponse", null=True)
    body = models.TextField("réponse", blank=True)
    etag = models.CharField("étiquette", max_length=80, blank=True)
    location = models.CharField("adresse", max_length=300, blank=True)

    class Meta:
        verbose_name = "réponse gardée"
        verbose_name_plural = "réponses gardées"
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key
