"""Services of an offer that no engine serves on this platform: which, why, who waits for them, and what mends it.

Of those that the platform provisions only: what people bring by hand has no engine by nature.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from socle.agreements.contract import Caution
from socle.agreements.models import Agreement, ChosenService
from socle.lib.text import counted
from socle.programme.models import Service
from socle.provisioning.engines import why_not_served
from socle.provisioning.models import Installation
from socle.provisioning.monitoring.contract import watches

# Of a service whose room says nothing of its engine.
BY_HAND = "S’il est mis en service à la main, retirez «\u00a0provisioned\u00a0» de ce service, au fichier du programme."


@dataclass(frozen=True)
class Unwired:
    """A service of the offer without its engine: why, how a technician wires it, how many beneficiaries wait for it."""

    name: str
    why: str
    wiring: str
    waiting: int

    @property
    def wait(self) -> str:
        """« 12 collectivités l’attendent. », or nothing."""
        if not self.waiting:
            return ""
        return f"{counted(self.waiting, 'collectivité')} l’attend{'ent' if self.waiting > 1 else ''}."


def unserved(services: Iterable[Service]) -> list[Service]:
    """Keep the services that the platform is to provision and serves nobody with here."""
    return [one for one in services if one.is_provisioned and why_not_served(one.code) is not None]


def unwired(services: Iterable[Service], installations: QuerySet[Installation]) -> list[Unwired]:
    """Say which of these services have no engine here, each once, and how many of these installations wait for it."""
    lacking = {one.code: one for one in unserved(services)}
    if not lacking:
        return []
    waiting = installations.waiting_for_engine()  # type: ignore[attr-defined]
    counts = dict(waiting.order_by().values_list("service__code").annotate(count=Count("pk")))
    ways = {watch.code: watch.wiring for watch in watches()}
    return [
        Unwired(one.name, why_not_served(code) or "", ways.get(code) or BY_HAND, counts.get(code, 0))
        for code, one in lacking.items()
    ]


def before_sending(agreements: Sequence[Agreement], *, on: date) -> list[Caution]:
    """Say which services of these agreements would wait for their engine, once concluded; one query."""
    chosen = ChosenService.objects.filter(agreement__in=[one.pk for one in agreements]).select_related("service")
    lacking = unserved({one.service.pk: one.service for one in chosen}.values())
    return [Caution("services", says(lacking))] if lacking else []


def says(lacking: Iterable[Service]) -> str:
    """Tell whoever sends an agreement, or signs it, what becomes of these services without an engine."""
    return (
        f"Pas encore branché à la plateforme\u00a0: {', '.join(one.name for one in lacking)}. "
        "Après la conclusion, chaque service nommé ici reste «\u00a0à mettre en service\u00a0» jusqu’à ce que l’équipe "
        "technique le branche\u00a0; il s’ouvre alors de lui-même."
    )
