"""Rights opened by agreements, and installations that answer them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.agreements.models import Agreement, Suspension
from socle.lib.due import has_come
from socle.people.models import Beneficiary
from socle.programme.models import Service
from socle.provisioning.engines import served_codes
from socle.provisioning.handover.models import Handover as Handover  # These rows are of this room.
from socle.provisioning.monitoring.models import EngineTrial as EngineTrial
from socle.provisioning.monitoring.models import UsageReading as UsageReading


class Right(models.Model):
    """This beneficiary is entitled to this service, on the strength of this agreement."""

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="rights", verbose_name="bénéficiaire")
    service = models.ForeignKey(Service, models.PROTECT, related_name="rights", verbose_name="service")
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="rights", verbose_name="convention")
    opened_at = models.DateTimeField("ouvert le")
    closed_at = models.DateTimeField("fermé le", null=True, blank=True)
    # What no engine provisions is stopped by hand, for this suspension, until it is resumed by hand.
    held_by = models.ForeignKey(
        Suspension, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="arrêté à la main pour"
    )

    objects: ClassVar[models.Manager[Right]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "droit"
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "service"], name="one_right_per_service"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} pour {self.beneficiary_id}"


class State(models.TextChoices):
    PENDING = "pending", "à mettre en service"
    LIVE = "live", "en service"
    FAILED = "failed", "en échec, nouvel essai prévu"
    SUSPENDED = "suspended", "suspendu"


# Pending is what no look has answered since it was last wished for or against: every state comes back to it.
MOVES: dict[State, tuple[State, ...]] = {
    State.PENDING: (State.LIVE, State.FAILED, State.SUSPENDED),
    State.LIVE: (State.PENDING, State.FAILED),
    State.FAILED: (State.PENDING, State.LIVE, State.SUSPENDED),
    State.SUSPENDED: (State.PENDING, State.FAILED),
}


# What is live is looked at again after so long, so that what was undone outside is seen.
NEXT_LOOK = timedelta(hours=24)


def _without_engine() -> Q:
    """Of installations, those whose service has no engine here, and that no real one ever made: `rules.why_waits`."""
    return (Q(is_simulated=True) | Q(found="")) & ~Q(service__code__in=served_codes())


class InstallationQuerySet(models.QuerySet["Installation"]):
    def due(self, at: datetime) -> InstallationQuerySet:
        """Installations whose next look has come, but those that wait for their engine and are said to.

        As soon as an engine is wired they are due: nobody has to ask for them again.
        """
        unserved = _without_engine()
        come = Q(next_look_at__isnull=True) | has_come("next_look_at", at, within=NEXT_LOOK)
        # In service, or in failure, without an engine: not one look longer.
        is_wrong = unserved & (Q(state__in=(State.LIVE, State.FAILED)) | Q(is_simulated=True))
        if not settings.DEMO:
            # On the word of a twin, in whose place a real engine stands now.
            is_wrong |= Q(state=State.LIVE, is_simulated=True)
        waits = unserved & Q(state=State.PENDING, wanted_present=True, is_simulated=False)
        return self.filter(come | is_wrong).exclude(state=State.SUSPENDED).exclude(waits)

    def waiting_for_engine(self) -> InstallationQuerySet:
        """Those wanted whose service has no engine here."""
        return self.filter(_without_engine(), wanted_present=True)


InstallationManager = models.Manager.from_queryset(InstallationQuerySet)


class Installation(models.Model):
    """A service that a beneficiary should have, its observed state, and the proof.

    `wanted_present` is the wish; `found` says in French what the last look saw; `proof` is an address or an identifier
    anyone can check. `is_simulated` is true where a twin stands for an engine to come.
    """

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="installations", verbose_name="bénéficiaire"
    )
    service = models.ForeignKey(Service, models.PROTECT, related_name="installations", verbose_name="service")
    right = models.OneToOneField(Right, models.PROTECT, related_name="installation", verbose_name="droit")
    wanted_present = models.BooleanField("voulu", default=True)
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.PENDING)
    found = models.CharField("constaté", max_length=300, blank=True)
    proof = models.CharField("preuve", max_length=300, blank=True)
    is_simulated = models.BooleanField("simulé", default=False)
    looked_at = models.DateTimeField("dernier regard", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("essais depuis le dernier succès", default=0)
    next_look_at = models.DateTimeField("prochain regard", null=True, blank=True)
    claimed_until = models.DateTimeField("pris en charge jusqu’à", null=True, blank=True)
    last_error = models.CharField("dernière erreur", max_length=500, blank=True)
    # The suspension of its agreement that stopped it, and gives it back once lifted.
    held_by = models.ForeignKey(
        Suspension, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="suspendu par"
    )

    objects: ClassVar[InstallationManager[Installation]] = ScopedManager(
        beneficiary="beneficiary", _manager_class=InstallationManager
    )

    class Meta:
        verbose_name = "installation"
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "service"], name="one_installation_per_service"),
        ]
        indexes = [models.Index(fields=["state", "next_look_at"], name="installation_due")]

    def __str__(self) -> str:
        return f"{self.service_id} chez {self.beneficiary_id}"
