"""Models: what the mairies' machines save: who may, what was seen, and the proof that it can be restored."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.documents.models import Document
from socle.people.models import Beneficiary, User

GIGABYTE = 10**9


class Account(models.Model):
    """A beneficiary's place on the backup server: its quota, open or suspended. Suspended, nothing of it is lost."""

    beneficiary = models.OneToOneField(
        Beneficiary, models.PROTECT, related_name="backup_account", verbose_name="bénéficiaire"
    )
    opened_at = models.DateTimeField("ouvert le")
    suspended_at = models.DateTimeField("suspendu le", null=True, blank=True)
    quota = models.PositiveBigIntegerField("place accordée (octets)", default=200 * GIGABYTE)
    size = models.PositiveBigIntegerField("place prise (octets)", default=0)

    objects: ClassVar[models.Manager[Account]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "compte de sauvegarde"
        verbose_name_plural = "comptes de sauvegarde"

    def __str__(self) -> str:
        return f"compte de sauvegarde {self.beneficiary_id}"

    @property
    def share(self) -> float:
        """The share of the quota that is used, from 0 to 1 and beyond."""
        return self.size / self.quota if self.quota else 0.0

    @property
    def is_full(self) -> bool:
        """Whether there is no space left: machines are then let in no more, until it is pruned or made larger."""
        return self.size >= self.quota


class System(models.TextChoices):
    WINDOWS = "windows", "Windows"
    LINUX = "linux", "Linux"
    NAS = "nas", "NAS (Synology, QNAP…)"


class Period(models.IntegerChoices):
    """Rhythms of the saves of a machine, in days."""

    DAY = 1, "chaque jour"
    WEEK = 7, "chaque semaine"
    MONTH = 31, "chaque mois"


class Status(models.TextChoices):
    """Of a machine."""

    INVITED = "invited", "à installer"
    ENROLLED = "enrolled", "en service"
    RETIRED = "retired", "arrêtée"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.INVITED: (Status.ENROLLED, Status.RETIRED),
    Status.ENROLLED: (Status.RETIRED,),
    Status.RETIRED: (Status.ENROLLED, Status.INVITED),
}


class Repository(models.Model):
    """Where one machine saves. Its data is encrypted by a key made on the machine; a second one, in escrow, is ours.

    `user` is the name by which the server lets it in, and the folder it is shut in; of its password only the digest is
    kept. `canary` is what the witness files of the machine are made of: what they must be is known here.
    """

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="backup_repositories", verbose_name="bénéficiaire"
    )
    name = models.CharField("nom", max_length=80)
    user = models.CharField("nom d’accès", max_length=40, unique=True)
    password_digest = models.CharField("empreinte du mot de passe", max_length=80)
    escrow = models.TextField("seconde clé, sous séquestre, chiffrée")
    canary = models.CharField("graine des fichiers témoins", max_length=64)
    made_at = models.DateTimeField("fait le")
    confirmed_at = models.DateTimeField("seconde clé essayée le", null=True, blank=True)
    erased_at = models.DateTimeField("effacé le", null=True, blank=True)
    size = models.PositiveBigIntegerField("taille (octets)", default=0)
    last_success_at = models.DateTimeField("dernière sauvegarde", null=True, blank=True)
    looked_at = models.DateTimeField("dernier regard", null=True, blank=True)
    checked_at = models.DateTimeField("dernier contrôle", null=True, blank=True)
    pruned_at = models.DateTimeField("dernier élagage", null=True, blank=True)
    # Since when somebody holds it so that nothing can be pruned.
    busy_since_at = models.DateTimeField("verrouillé depuis", null=True, blank=True)
    last_error = models.CharField("dernière erreur", max_length=300, blank=True)
    failed_at = models.DateTimeField("en erreur depuis", null=True, blank=True)

    objects: ClassVar[models.Manager[Repository]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "dépôt de sauvegardes"
        verbose_name_plural = "dépôts de sauvegardes"
        indexes = [models.Index(fields=["looked_at"], name="repository_to_look_at")]

    def __str__(self) -> str:
        return self.user


class Machine(models.Model):
    """A machine of a mairie that saves with us, or is about to: what it saves and how often.

    The code that enrols it is good once and for a few days; only its digest is kept.
    """

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="backup_machines", verbose_name="bénéficiaire"
    )
    repository = models.OneToOneField(
        Repository, models.PROTECT, null=True, blank=True, related_name="machine", verbose_name="dépôt"
    )
    name = models.CharField("nom", max_length=60)
    system = models.CharField("système", max_length=8, choices=System.choices)
    # Besides those of each account (Documents, Bureau, Images), which the machine finds by itself.
    folders = models.TextField("autres dossiers sauvegardés, un par ligne", blank=True)
    every_days = models.PositiveSmallIntegerField("fréquence", choices=Period.choices, default=Period.DAY)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.INVITED)
    made_at = models.DateTimeField("ajoutée le")
    # The mairie asked its operators to install it.
    install_asked_at = models.DateTimeField("installation demandée le", null=True, blank=True)
    code_digest = models.CharField("empreinte du code", max_length=64, blank=True)
    code_expires_at = models.DateTimeField("code valable jusqu’au", null=True, blank=True)
    # What its last save left out, as it says itself: files that it could not read, folders that were not there.
    is_incomplete = models.BooleanField("dernière sauvegarde incomplète", default=False)
    missing = models.TextField("dossiers introuvables, un par ligne", blank=True)
    enrolled_at = models.DateTimeField("installée le", null=True, blank=True)
    retired_at = models.DateTimeField("arrêtée le", null=True, blank=True)

    objects: ClassVar[models.Manager[Machine]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "machine sauvegardée"
        verbose_name_plural = "machines sauvegardées"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code_digest"], condition=~Q(code_digest=""), name="a_code_enrols_one_machine"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def period(self) -> timedelta:
        return timedelta(days=self.every_days)


class Snapshot(models.Model):
    """One save, as it was seen in its repository. `taken_at` is what the machine says; `seen_at` is ours.

    Whoever stole a machine's key may date a save as they like: `dated_at` is what the machine says, held between the
    look before and the one that saw it. What is let go is decided on it alone.
    """

    repository = models.ForeignKey(Repository, models.PROTECT, related_name="snapshots", verbose_name="dépôt")
    identifier = models.CharField("identifiant", max_length=64)
    taken_at = models.DateTimeField("faite le, selon la machine")
    seen_at = models.DateTimeField("vue le")
    dated_at = models.DateTimeField("datée du")
    host = models.CharField("machine annoncée", max_length=80, blank=True)
    paths = models.TextField("dossiers, un par ligne", blank=True)
    size = models.PositiveBigIntegerField("taille (octets)", default=0)
    files = models.PositiveBigIntegerField("fichiers", default=0)
    is_doubtful = models.BooleanField("date douteuse", default=False)
    forgotten_at = models.DateTimeField("élaguée le", null=True, blank=True)
    vanished_at = models.DateTimeField("disparue le", null=True, blank=True)

    objects: ClassVar[models.Manager[Snapshot]] = ScopedManager(beneficiary="repository__beneficiary")

    class Meta:
        verbose_name = "sauvegarde"
        ordering = ["-dated_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["repository", "identifier"], name="a_snapshot_is_seen_once")]

    def __str__(self) -> str:
        return self.identifier[:8]


class Check(models.Model):
    """One reading of a repository: its structure, and a share of its data."""

    repository = models.ForeignKey(Repository, models.PROTECT, related_name="checks", verbose_name="dépôt")
    began_at = models.DateTimeField("commencé le")
    ended_at = models.DateTimeField("fini le")
    share = models.CharField("part des données lue", max_length=8, blank=True)
    is_sound = models.BooleanField("sain")
    says = models.CharField("constat", max_length=300, blank=True)

    objects: ClassVar[models.Manager[Check]] = ScopedManager(beneficiary="repository__beneficiary")

    class Meta:
        verbose_name = "contrôle d’un dépôt"
        verbose_name_plural = "contrôles d’un dépôt"
        ordering = ["-began_at", "-pk"]

    def __str__(self) -> str:
        return f"contrôle n° {self.pk}"


class Drill(models.Model):
    """One rehearsal of a restoration: files drawn at random from the last save, restored by our key and compared.

    `seed` draws the same files again from the same save. `sha256` is drawn from the hashes of what was restored, in
    order: proof of what was compared, without naming a file.
    """

    repository = models.ForeignKey(Repository, models.PROTECT, related_name="drills", verbose_name="dépôt")
    snapshot = models.ForeignKey(
        Snapshot, models.PROTECT, null=True, blank=True, related_name="drills", verbose_name="sauvegarde"
    )
    quarter = models.CharField("trimestre", max_length=7)
    seed = models.CharField("graine du tirage", max_length=32)
    sample = models.PositiveIntegerField("fichiers demandés")
    found = models.PositiveIntegerField("fichiers de la sauvegarde", default=0)
    compared = models.PositiveIntegerField("fichiers identiques", default=0)
    drawn = models.PositiveIntegerField("fichiers restaurés", default=0)
    canaries = models.PositiveSmallIntegerField("fichiers témoins identiques", default=0)
    size = models.PositiveBigIntegerField("octets restaurés", default=0)
    sha256 = models.CharField("empreinte de l’ensemble", max_length=64, blank=True)
    is_sound = models.BooleanField("réussi")
    says = models.CharField("constat", max_length=300, blank=True)
    began_at = models.DateTimeField("commencé le")
    ended_at = models.DateTimeField("fini le")
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="backup_drill", verbose_name="relevé"
    )
    # What the platform found is a sheet; a person of the operator who read it attests it, by name.
    attestation = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="attestation"
    )
    attested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="attesté par"
    )
    attested_at = models.DateTimeField("attesté le", null=True, blank=True)

    objects: ClassVar[models.Manager[Drill]] = ScopedManager(beneficiary="repository__beneficiary")

    class Meta:
        verbose_name = "exercice de restauration"
        verbose_name_plural = "exercices de restauration"
        ordering = ["-began_at", "-pk"]

    def __str__(self) -> str:
        return f"exercice n° {self.pk}"

    @property
    def paper_label(self) -> str:
        """How its paper is called: an attestation once somebody attested it."""
        return "Attestation (PDF)" if self.attestation_id is not None else "Relevé (PDF)"


class Purpose(models.TextChoices):
    """Why the operator's key is used. What the platform does by itself erases nothing that the rules keep."""

    DRILL = "drill", "exercice de restauration"
    PRUNE = "prune", "élagage selon les règles"
    RESTORE = "restore", "restaurer pour la mairie"
    ERASE = "erase", "effacer le dépôt"


class UseStatus(models.TextChoices):
    ASKED = "asked", "attend une seconde personne"
    APPROVED = "approved", "approuvée"
    DECLINED = "declined", "déclinée"
    DONE = "done", "faite"


class EscrowUse(models.Model):
    """One use of the key in escrow: who asked, why, who agreed, when it was done. Reading or erasing what a mairie
    saved takes two people."""

    repository = models.ForeignKey(Repository, models.PROTECT, related_name="escrow_uses", verbose_name="dépôt")
    purpose = models.CharField("usage", max_length=8, choices=Purpose.choices)
    reason = models.CharField("motif", max_length=300, blank=True)
    status = models.CharField("état", max_length=10, choices=UseStatus.choices)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="demandée par")
    asked_at = models.DateTimeField("demandée le")
    expires_at = models.DateTimeField("valable jusqu’au", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="décidée par"
    )
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    done_at = models.DateTimeField("faite le", null=True, blank=True)

    objects: ClassVar[models.Manager[EscrowUse]] = ScopedManager(beneficiary="repository__beneficiary")

    class Meta:
        verbose_name = "usage de la clé sous séquestre"
        verbose_name_plural = "usages de la clé sous séquestre"
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"usage n° {self.pk}"
