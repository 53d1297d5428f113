"""Boxes, who opens them, and the quota a beneficiary has for them."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.mail.models.domains import Domain
from socle.people.models import Beneficiary, User


class Kind(models.TextChoices):
    PERSONAL = "personal", "personnelle"
    SHARED = "shared", "partagée"


class Status(models.TextChoices):
    ACTIVE = "active", "en service"
    SUSPENDED = "suspended", "suspendue"
    DELETED = "deleted", "supprimée, gardée"
    ERASED = "erased", "effacée"


# Suspended: nobody opens it, what arrives is kept. Deleted: nothing arrives, nothing is destroyed before `kept_until`.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.ACTIVE: (Status.SUSPENDED, Status.DELETED),
    Status.SUSPENDED: (Status.ACTIVE, Status.DELETED),
    Status.DELETED: (Status.ACTIVE, Status.ERASED),
    Status.ERASED: (),
}
RECEIVING = (Status.ACTIVE, Status.SUSPENDED)


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def receiving(self) -> Self:
        """Boxes to which mail is delivered: suspended ones too."""
        return self.filter(status__in=RECEIVING)

    def kept(self) -> Self:
        """Boxes whose content exists: all but the erased ones."""
        return self.exclude(status=Status.ERASED)


MailboxManager = models.Manager.from_queryset(MailboxQuerySet)


class Mailbox(models.Model):
    """A box. `address` is its local part at the beneficiary's main domain; it receives at the others as well.

    `store` names the folder where its messages rest: it never changes, whatever its address becomes. `used_bytes` and
    `messages` are what the servers said at `measured_at`.
    """

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="mailboxes", verbose_name="bénéficiaire")
    domain = models.ForeignKey(Domain, models.PROTECT, related_name="mailboxes", verbose_name="domaine")
    local_part = models.CharField("début de l’adresse", max_length=64)
    address = models.CharField("adresse", max_length=254)
    store = models.UUIDField("dossier", unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    holder = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="held_mailboxes", verbose_name="titulaire"
    )
    display_name = models.CharField("nom affiché", max_length=120)
    quota_bytes = models.PositiveBigIntegerField("place")
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ACTIVE)
    made_at = models.DateTimeField("créée le")
    suspended_at = models.DateTimeField("suspendue le", null=True, blank=True)
    deleted_at = models.DateTimeField("supprimée le", null=True, blank=True)
    kept_until = models.DateTimeField("gardée jusqu’au", null=True, blank=True)
    # Once erased here, the servers empty its folder, and say when.
    emptied_at = models.DateTimeField("dossier vidé le", null=True, blank=True)
    used_bytes = models.PositiveBigIntegerField("place occupée", default=0)
    messages = models.PositiveIntegerField("messages", default=0)
    measured_at = models.DateTimeField("mesurée le", null=True, blank=True)

    objects: ClassVar[MailboxManager[Mailbox]] = ScopedManager(beneficiary="beneficiary", _manager_class=MailboxManager)

    class Meta:
        verbose_name = "boîte aux lettres"
        verbose_name_plural = "boîtes aux lettres"
        ordering = ["address"]
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=~Q(status="erased"), name="one_box_per_address"),
            models.UniqueConstraint(
                fields=["beneficiary", "local_part"],
                condition=~Q(status="erased"),
                name="one_box_per_local_part_of_a_beneficiary",
            ),
            models.CheckConstraint(
                condition=Q(kind="personal") | Q(holder__isnull=True), name="a_shared_box_has_no_holder"
            ),
        ]
        indexes = [models.Index(fields=["status", "kept_until"], name="mailbox_kept")]

    def __str__(self) -> str:
        return self.address

    @property
    def is_shared(self) -> bool:
        return self.kind == Kind.SHARED

    @property
    def is_active(self) -> bool:
        return self.status == Status.ACTIVE

    @property
    def is_suspended(self) -> bool:
        return self.status == Status.SUSPENDED

    @property
    def is_deleted(self) -> bool:
        return self.status == Status.DELETED

    @property
    def used_percent(self) -> int:
        """Return how full the box is, from 0 to 100."""
        return min(100, round(100 * self.used_bytes / self.quota_bytes)) if self.quota_bytes else 0


class Opening(models.Model):
    """Someone opens a box, with any of their device passwords. The holder of a personal box has one as well.

    It works as long as the person serves the beneficiary: `socle.mail.queries.logins` looks at both.
    """

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="openings", verbose_name="boîte aux lettres")
    user = models.ForeignKey(User, models.CASCADE, related_name="mail_openings", verbose_name="personne")
    may_send = models.BooleanField("peut écrire sous cette adresse", default=True)
    opened_at = models.DateTimeField("ouverte le")

    objects: ClassVar[models.Manager[Opening]] = ScopedManager(beneficiary="mailbox__beneficiary")

    class Meta:
        verbose_name = "accès à une boîte aux lettres"
        verbose_name_plural = "accès à une boîte aux lettres"
        ordering = ["user__name", "pk"]
        constraints = [models.UniqueConstraint(fields=["mailbox", "user"], name="a_box_is_opened_once_to_a_person")]

    def __str__(self) -> str:
        return f"boîte {self.mailbox_id} ouverte à {self.user_id}"


class Allowance(models.Model):
    """The quota one beneficiary has when it is not what the settings give everybody, and why."""

    beneficiary = models.OneToOneField(
        Beneficiary, models.CASCADE, related_name="mail_allowance", verbose_name="bénéficiaire"
    )
    total_bytes = models.PositiveBigIntegerField("place en tout")
    reason = models.CharField("raison", max_length=300)
    set_at = models.DateTimeField("accordée le")

    objects: ClassVar[models.Manager[Allowance]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "place accordée pour la messagerie"
        verbose_name_plural = "places accordées pour la messagerie"

    def __str__(self) -> str:
        return f"place de {self.beneficiary_id}"
