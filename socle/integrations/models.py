"""Tokens: what a program shows to be let in. Webhooks: where we tell a program what has just happened."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TypeVar

from django.db import models
from django.db.models import Q

from socle.people.models import Beneficiary, Operator, User

T = TypeVar("T", bound="Owned")


class Scope(models.TextChoices):
    """Scopes of a token, within the rights of the person who answers for it."""

    COMMUNES_READ = "communes:read", "lire les communes et leur étape"
    BENEFICIARIES_READ = "beneficiaries:read", "lire les bénéficiaires"
    BENEFICIARIES_WRITE = "beneficiaries:write", "inscrire des bénéficiaires"
    ACTS_READ = "acts:read", "lire les actes"
    ACTS_WRITE = "acts:write", "noter la réception des actes en préfecture"
    AGREEMENTS_READ = "agreements:read", "lire les conventions"
    AGREEMENTS_WRITE = "agreements:write", "rédiger et faire avancer les conventions"
    # What they hold names those who signed.
    AGREEMENTS_FILES = "agreements:files", "prendre le PDF des conventions et leur preuve"
    CONTRIBUTIONS_READ = "contributions:read", "lire les contributions appelées et leurs titres"
    CONTRIBUTIONS_WRITE = "contributions:write", "noter les titres des contributions"
    INSTALLATIONS_READ = "installations:read", "lire les installations"
    INSTALLATIONS_WRITE = "installations:write", "agir sur les installations"
    JOIN_REQUESTS_READ = "join-requests:read", "lire les demandes d’adhésion"
    JOIN_REQUESTS_WRITE = "join-requests:write", "étudier et planifier les demandes d’adhésion"
    JOURNAL_READ = "journal:read", "lire le journal"
    WEBHOOKS_READ = "webhooks:read", "lire les webhooks et leurs envois"
    WEBHOOKS_WRITE = "webhooks:write", "ouvrir et conduire des webhooks"
    PEOPLE_READ = "people:read", "lire le nom des personnes, là où il figure"


class OwnedQuerySet(models.QuerySet[T]):
    def of(self, owner: Operator | Beneficiary) -> OwnedQuerySet[T]:
        """Those of this organisation, and of no other."""
        return self.filter(beneficiary=owner) if isinstance(owner, Beneficiary) else self.filter(operator=owner)


class Owned(models.Model):
    """Base of what an operator or a beneficiary owns and a person answers for."""

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
    """Token that a program shows to act for an organisation: rights of its holder there, narrowed by its scopes.

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

    objects = OwnedQuerySet["Token"].as_manager()

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
    """The answer given to a request that bears a key, so that asked twice it is done once; kept a day."""

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


# --- Webhooks ---------------------------------------------------------------------------------------------------------
class Status(models.TextChoices):
    """Of a webhook. « Paused » is a person's choice, « stopped » is ours."""

    ACTIVE = "active", "en service"
    PAUSED = "paused", "en pause"
    STOPPED = "stopped", "arrêté"
    REMOVED = "removed", "retiré"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.ACTIVE: (Status.PAUSED, Status.STOPPED, Status.REMOVED),
    Status.PAUSED: (Status.ACTIVE, Status.REMOVED),
    Status.STOPPED: (Status.ACTIVE, Status.REMOVED),
    Status.REMOVED: (),
}


class Webhook(Owned):
    """An address of a program's, told of what its organisation may read in the journal.

    `position` is the rank of the last line of the journal it was told of, or left out: what comes after is still to be
    told, whatever happens to our tasks. Its secret must be read again to sign, so that it rests encrypted; renewed, the
    former one still signs until `former_until`. `failures` counts the tries in a row that had no good answer.
    """

    name = models.CharField("nom", max_length=80)
    url = models.CharField("adresse", max_length=500)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ACTIVE)
    stop_reason = models.CharField("raison de l’arrêt", max_length=300, blank=True)
    stopped_at = models.DateTimeField("arrêté le", null=True, blank=True)
    secret = models.TextField("secret, chiffré")
    former_secret = models.TextField("secret précédent, chiffré", blank=True)
    former_until = models.DateTimeField("secret précédent valable jusqu’à", null=True, blank=True)
    position = models.PositiveBigIntegerField("rang de la dernière ligne lue", default=0)
    failures = models.PositiveIntegerField("échecs de suite", default=0)
    rests_until = models.DateTimeField("au repos jusqu’à", null=True, blank=True)
    served_at = models.DateTimeField("servi le", null=True, blank=True)
    given_up_at = models.DateTimeField("dernier abandon le", null=True, blank=True)
    told_at = models.DateTimeField("dernier message à l’organisme le", null=True, blank=True)

    objects = OwnedQuerySet["Webhook"].as_manager()

    class Meta(Owned.Meta):
        verbose_name = "webhook"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(models.Model):
    """One verb of the journal that a webhook is told of."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="events", verbose_name="webhook")
    verb = models.CharField("verbe", max_length=80)

    class Meta:
        verbose_name = "événement d’un webhook"
        verbose_name_plural = "événements d’un webhook"
        ordering = ["verb"]
        constraints = [models.UniqueConstraint(fields=["webhook", "verb"], name="one_row_per_event_of_a_webhook")]

    def __str__(self) -> str:
        return self.verb


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "à envoyer"
    DELIVERED = "delivered", "reçu"
    GIVEN_UP = "given_up", "abandonné"


class Delivery(models.Model):
    """One line of the journal told to one webhook: what is sent is written once, its identifier never changes.

    `position` is the rank of that line, null for a trial. A delivery given up, or received, may be sent again: its
    tries start over, its attempts remain.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name="webhook")
    identifier = models.UUIDField("identifiant", unique=True, default=uuid.uuid4, editable=False)
    position = models.PositiveBigIntegerField("rang de la ligne du journal", null=True)
    entry = models.PositiveBigIntegerField("identifiant de la ligne du journal", null=True)
    verb = models.CharField("verbe", max_length=80)
    body = models.TextField("contenu envoyé")
    status = models.CharField("état", max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    made_at = models.DateTimeField("écrit le")
    next_try_at = models.DateTimeField("prochain essai", null=True)
    ended_at = models.DateTimeField("fini le", null=True, blank=True)

    class Meta:
        verbose_name = "envoi d’un webhook"
        verbose_name_plural = "envois d’un webhook"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["webhook", "position"], name="a_line_is_told_once_to_a_webhook")]
        indexes = [
            models.Index(fields=["status", "next_try_at"], name="delivery_due"),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]

    def __str__(self) -> str:
        return str(self.identifier)

    @property
    def is_trial(self) -> bool:
        """Whether a person asked for it, to see whether the other side answers."""
        return self.position is None


class Attempt(models.Model):
    """One try of a delivery: written before it leaves, so that one cut short is seen too."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts", verbose_name="envoi")
    started_at = models.DateTimeField("parti le")
    milliseconds = models.PositiveIntegerField("durée (ms)", null=True)
    answer = models.PositiveSmallIntegerField("état de la réponse", null=True)
    says = models.CharField("ce qui s’est passé", max_length=300, blank=True)

    class Meta:
        verbose_name = "essai d’un envoi"
        verbose_name_plural = "essais d’un envoi"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"essai n° {self.pk}"
