"""Domain names to mend: what the DNS says wrongly, what a mairie has not proved, a zone that does not get written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from socle.domains.models import DomainName
from socle.domains.rules import KEEPERS
from socle.lib.declared import MairieReader, Row, ToDo, Waiting, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.provisioning.access import Access

TO_MEND = Q(is_right=False) | Q(is_own=True, proved_at=None) | ~Q(zone_problem="")


def _to_mend(access: Access, at: datetime) -> QuerySet[DomainName]:
    found = DomainName.objects.filter(TO_MEND, beneficiary__department__in=access.departments)
    return found.order_by("claimed_at", "pk")


def _show(found: list[DomainName], access: Access, at: datetime) -> list[Row]:
    rows = []
    for name in found:
        if name.zone_problem:
            what, turn = "la zone ne s’écrit pas", ""
        elif name.is_own and name.proved_at is None:
            what, turn = "à prouver dans le DNS", "la mairie"
        else:
            what, turn = "à corriger dans le DNS", "" if name.is_here or not name.is_own else "la mairie"
        rows.append(
            Row(
                name.beneficiary.place_name,
                f"{name.shown}\u00a0: {what}",
                name.claimed_at,
                reverse("console:domain_name", args=[name.pk]),
                "Voir" if turn else "Corriger",
                turn=turn,
            )
        )
    return rows


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "noms-a-corriger",
        "autre nom de domaine à corriger ou à prouver, autres noms de domaine à corriger ou à prouver",
        ("console:domain_names", "etat=a-regler"),
        KEEPERS,
        _to_mend,
        _show,
    ),
)


def _to_prove(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """Names of the mairie's own that nothing proves yet."""
    names = DomainName.objects.filter(beneficiary=mairie.beneficiary, is_own=True, proved_at=None)
    for name in names.order_by("claimed_at", "pk"):
        yield ToDo(
            f"Votre nom de domaine {name.shown} attend un réglage",
            reverse("mairie:domain_name", args=[name.pk]),
            "Faites-le faire par votre opérateur, ou par l’entreprise où ce nom a été acheté\u00a0: la page dit quoi "
            "leur demander, et s’imprime.",
            since=name.claimed_at,
        )


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.ADMINISTER, _to_prove),)
