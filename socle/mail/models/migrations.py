"""Import into a box of what an old one holds at another provider, folder by folder."""

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
    FAILED = "failed", "arrêtée"
    CANCELLED = "cancelled", "annulée"


# Failed: it can be asked to go on, it takes up where it stopped as long as the old password is kept.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.ASKED: (Status.RUNNING, Status.CANCELLED),
    Status.RUNNING: (Status.DONE, Status.FAILED, Status.CANCELLED),
    Status.FAILED: (Status.ASKED, Status.CANCELLED),
    Status.DONE: (),
    Status.CANCELLED: (),
}
OPEN = (Status.ASKED, Status.RUNNING, Status.FAILED)


class Migration(models.Model):
    """An old box read by IMAP and copied into one of ours; nothing is removed from the old one.

    Its password rests encrypted (`socle.lib.vault`, purpose `mail.migration`), and is erased at the end.
    """

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="migrations", verbose_name="boîte aux lettres")
    host = models.CharField("ancien serveur", max_length=253)
    port = models.PositiveIntegerField("port", default=993)
    login = models.CharField("identifiant chez l’ancien fournisseur", max_length=254)
    secret = models.TextField("ancien mot de passe, chiffré", blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="demandée par")
    asked_at = models.DateTimeField("demandée le")
    started_at = models.DateTimeField("commencée le", null=True, blank=True)
    ended_at = models.DateTimeField("finie le", null=True, blank=True)
    # Whoever carries it on says so until then: a worker that was killed is replaced after that.
    claimed_until = models.DateTimeField("prise en charge jusqu’à", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("essais sans progrès", default=0)
    next_try_at = models.DateTimeField("prochain essai", null=True, blank=True)
    problem = models.CharField("ce qui n’a pas été", max_length=300, blank=True)

    objects: ClassVar[models.Manager[Migration]] = ScopedManager(beneficiary="mailbox__beneficiary")

    class Meta:
        verbose_name = "reprise d’une ancienne boîte"
        verbose_name_plural = "reprises d’anciennes boîtes"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox"],
                condition=models.Q(status__in=["asked", "running", "failed"]),
                name="one_open_migration_per_box",
            )
        ]

    def __str__(self) -> str:
        return f"reprise {self.pk}, boîte {self.mailbox_id}"


class MigrationFolder(models.Model):
    """One folder of the old box: how far it was read, and what became of its messages.

    `found` is what the old server counted; `brought` what was copied, `present` what was already here, `left` what
    could not be read or was refused. They add up when it is compared.
    """

    migration = models.ForeignKey(Migration, models.CASCADE, related_name="folders", verbose_name="reprise")
    # As the old server names it, in its own encoding, and as it is named here.
    source = models.CharField("dossier chez l’ancien fournisseur", max_length=255)
    name = models.CharField("dossier", max_length=255)
    uid_validity = models.PositiveBigIntegerField("génération des numéros", default=0)
    last_uid = models.PositiveBigIntegerField("dernier numéro lu", default=0)
    found = models.PositiveIntegerField("messages trouvés", default=0)
    brought = models.PositiveIntegerField("messages repris", default=0)
    present = models.PositiveIntegerField("messages déjà là", default=0)
    left = models.PositiveIntegerField("messages laissés", default=0)
    total_bytes = models.PositiveBigIntegerField("taille reprise", default=0)
    problem = models.CharField("ce qui n’a pas été", max_length=300, blank=True)
    ended_at = models.DateTimeField("fini le", null=True, blank=True)

    objects: ClassVar[models.Manager[MigrationFolder]] = ScopedManager(beneficiary="migration__mailbox__beneficiary")

    class Meta:
        verbose_name = "dossier d’une reprise"
        verbose_name_plural = "dossiers des reprises"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["migration", "source"], name="one_row_per_old_folder")]

    def __str__(self) -> str:
        return f"dossier {self.pk} de la reprise {self.migration_id}"
