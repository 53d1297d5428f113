"""The plans that carry what a merger or a split touches."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from socle.agreements.models import Agreement
from socle.people.models import Beneficiary, Membership, User
from socle.provisioning.models import Right
from socle.sites.models.sites import WebSite
from socle.territory.models import Commune


class Status(models.TextChoices):
    DRAFT = "draft", "à relire"
    APPLIED = "applied", "appliqué"
    UNDONE = "undone", "défait"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.DRAFT: (Status.APPLIED,),
    Status.APPLIED: (Status.UNDONE,),
    Status.UNDONE: (Status.APPLIED,),
}


class MergerPlan(models.Model):
    """Plan for everything a beneficiary has when its commune merges, or when another leaves it.

    A merger moves what its lines say, all at once, and gives it back when it is undone within its window. A split moves
    nothing: its lines are tasks. `other` is the commune that receives, or the one that leaves.
    """

    class Kind(models.TextChoices):
        MERGER = "merger", "fusion"
        SPLIT = "split", "scission"

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="merger_plans", verbose_name="bénéficiaire"
    )
    kind = models.CharField("nature", max_length=8, choices=Kind.choices, default=Kind.MERGER)
    other = models.ForeignKey(Commune, models.PROTECT, related_name="+", verbose_name="autre commune")
    year = models.PositiveSmallIntegerField("vu au millésime")
    status = models.CharField("état", max_length=8, choices=Status.choices, default=Status.DRAFT)
    drafted_at = models.DateTimeField("rédigé le")
    # Who sees it through; nobody: it waits in the list.
    followed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="suivi par"
    )
    effect_on = models.DateField("prend effet le")
    applied_at = models.DateTimeField("appliqué le", null=True, blank=True)
    undo_until = models.DateField("peut être défait jusqu’au", null=True, blank=True)
    undone_at = models.DateTimeField("défait le", null=True, blank=True)

    objects: ClassVar[models.Manager[MergerPlan]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "plan de fusion"
        verbose_name_plural = "plans de fusion"
        ordering = ["-drafted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary", "kind", "other"], name="one_plan_per_beneficiary_and_other_commune"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, bénéficiaire {self.beneficiary_id}"


class Choice(models.TextChoices):
    """Choices for the thing of a line. Which ones fit depends on its kind: `rules.choices_of`."""

    KEEP = "keep", "ne change pas"
    CARRY = "carry", "transférée par avenant"
    NOTE = "note", "conservée, successeur noté"
    REDIRECT = "redirect", "redirigé vers le site de l’héritière"
    ARCHIVE = "archive", "archivé"
    MOVE = "move", "passe à l’héritière"
    END = "end", "prend fin"


class PlanLine(models.Model):
    """One thing of the beneficiary and what becomes of it; for a task, whether it is done.

    What stood before is kept in the `was_…` columns when the plan is applied, so that undoing gives it back exactly.
    """

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", "convention"
        SITE = "site", "site internet"
        PERSON = "person", "personne"
        RIGHT = "right", "service"
        TASK = "task", "à faire"

    plan = models.ForeignKey(MergerPlan, models.CASCADE, related_name="lines", verbose_name="plan")
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    choice = models.CharField("choix", max_length=8, choices=Choice.choices, blank=True)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="convention"
    )
    website = models.ForeignKey(
        WebSite, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="site internet"
    )
    membership = models.ForeignKey(
        Membership, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="fonction"
    )
    right = models.ForeignKey(Right, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="droit")
    says = models.CharField("à faire", max_length=300, blank=True)
    done_at = models.DateTimeField("fait le", null=True, blank=True)
    made_membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="fonction confiée"
    )
    has_made_membership = models.BooleanField("la fonction confiée est nouvelle", default=False)
    is_suspended_by_plan = models.BooleanField("service suspendu par le plan", default=False)
    was_ended_on = models.DateField("la fonction confiée avait pris fin le", null=True, blank=True)
    was_ending_on = models.DateField("la fonction finissait le", null=True, blank=True)

    class Meta:
        verbose_name = "ligne d’un plan de fusion"
        verbose_name_plural = "lignes d’un plan de fusion"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.get_choice_display() or self.says}"


class ImportStatus(models.TextChoices):
    READ = "read", "à relire"
    ASKED = "asked", "demandé"
    RUNNING = "running", "en cours"
    DONE = "done", "importé"
    DROPPED = "dropped", "abandonné"


# One that is refused on its way is to be read again.
IMPORT_MOVES: dict[ImportStatus, tuple[ImportStatus, ...]] = {
    ImportStatus.READ: (ImportStatus.ASKED, ImportStatus.DROPPED),
    ImportStatus.ASKED: (ImportStatus.RUNNING, ImportStatus.READ),
    ImportStatus.RUNNING: (ImportStatus.DONE, ImportStatus.READ),
    ImportStatus.DONE: (),
    ImportStatus.DROPPED: (),
}


class VintageImport(models.Model):
    """A vintage someone brought to the console: read, compared, then written by the worker once it is confirmed.

    `content` holds the bytes until they are written or given up, so that any machine may do it; it is empty for a
    vintage shipped with the platform. `expected` is the fingerprint of the list that was confirmed: no other is
    written. `hitch` says why the last attempt wrote nothing.
    """

    year = models.PositiveSmallIntegerField("millésime")
    name = models.CharField("fichier", max_length=120, blank=True)
    content = models.BinaryField("contenu", blank=True, default=bytes)
    changes = models.BinaryField("changements", blank=True, default=bytes)
    status = models.CharField("état", max_length=8, choices=ImportStatus.choices, default=ImportStatus.READ)
    brought_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="apporté par")
    brought_at = models.DateTimeField("apporté le")
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="confirmé par"
    )
    asked_at = models.DateTimeField("confirmé le", null=True, blank=True)
    expected = models.CharField("empreinte de la liste confirmée", max_length=64, blank=True)
    forced_share = models.DecimalField("part admise (%)", max_digits=7, decimal_places=4, null=True, blank=True)
    starts = models.PositiveSmallIntegerField("débuts", default=0)
    ended_at = models.DateTimeField("fini le", null=True, blank=True)
    plans = models.PositiveIntegerField("plans rédigés", default=0)
    hitch = models.CharField("empêchement", max_length=1000, blank=True)

    class Meta:
        verbose_name = "import d’un millésime"
        verbose_name_plural = "imports de millésimes"
        ordering = ["-brought_at", "-pk"]

    def __str__(self) -> str:
        return f"millésime {self.year}, {self.get_status_display()}"
