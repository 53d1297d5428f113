"""Saves that wait for somebody: machines that a mairie has not installed, a key that a second person is to agree to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from socle.backups.models import EscrowUse, Machine, Status, UseStatus
from socle.backups.presenters import rows_of, with_states
from socle.backups.rules import KEEPERS, expected_at, is_late
from socle.lib import dates
from socle.lib.declared import MairieReader, Row, ToDo, Waiting, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.provisioning.access import Access


def _to_install(access: Access, at: datetime) -> QuerySet[Machine]:
    return Machine.objects.filter(status=Status.INVITED).order_by("made_at")


def _show_machines(found: list[Machine], access: Access, at: datetime) -> list[Row]:
    return [
        Row(
            one.beneficiary.place_name,
            f"Sauvegarde de l’ordinateur « {one.name} » à installer",
            one.install_asked_at or one.made_at,
            reverse("console:backup", args=[one.pk]),
            "Installer" if one.install_asked_at else "Voir",
            turn="" if one.install_asked_at else "la mairie",
        )
        for one in found
    ]


def _keys(access: Access, at: datetime) -> QuerySet[EscrowUse]:
    """Asked by one and waiting for another; agreed, and waiting to be used. The ones too old are to be asked anew."""
    lasts = Q(expires_at=None) | Q(expires_at__gt=at)
    found = EscrowUse.objects.filter(lasts, status__in=(UseStatus.ASKED, UseStatus.APPROVED))
    whose = found.select_related("repository__machine").annotate(beneficiary_id=F("repository__beneficiary_id"))
    return whose.order_by("asked_at", "pk")


def _show_keys(found: list[EscrowUse], access: Access, at: datetime) -> list[Row]:
    rows = []
    for one in found:
        machine = getattr(one.repository, "machine", None)
        url = reverse("console:backup", args=[machine.pk]) if machine is not None else reverse("console:backups")
        is_asked, is_mine = one.status == UseStatus.ASKED, one.asked_by_id == access.user.pk
        what = "accord d’une seconde personne attendu" if is_asked else "accordée, à faire"
        rows.append(
            Row(
                one.beneficiary.place_name,  # type: ignore[attr-defined]
                f"Clé de sauvegarde ({one.get_purpose_display()})\u00a0: {what}",
                one.asked_at,
                url,
                "Voir" if is_asked == is_mine else "Décider" if is_asked else "Voir",
                turn="" if is_asked != is_mine else "une seconde personne" if is_asked else "qui l’a demandée",
            )
        )
    return rows


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "ordinateurs-a-installer",
        "autre ordinateur à installer, autres ordinateurs à installer",
        ("console:backups", "etat=invited"),
        KEEPERS,
        _to_install,
        _show_machines,
    ),
    Waiting(
        "cles-de-sauvegarde",
        "autre clé de sauvegarde demandée, autres clés de sauvegarde demandées",
        ("console:backups", ""),
        KEEPERS,
        _keys,
        _show_keys,
    ),
)


def _machines(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """Computers to install while their file holds, and those whose saves are wrong."""
    machines = Machine.objects.filter(beneficiary=mairie.beneficiary).exclude(status=Status.RETIRED)
    for row in rows_of(with_states(machines), at=at):
        one, url = row.machine, reverse("mairie:backup_machine", args=[row.machine.pk])
        if one.status == Status.INVITED and one.install_asked_at is None:
            ends = one.code_expires_at if one.code_expires_at is not None and one.code_expires_at > at else None
            yield ToDo(
                f"Sauvegarde de «\u00a0{one.name}\u00a0»\u00a0: à installer",
                url,
                row.sentence,
                since=one.made_at,
                due_on=dates.day_of(ends) if ends else None,
            )
        elif one.status == Status.ENROLLED and row.is_wrong:
            yield ToDo(
                f"Sauvegardes, «\u00a0{one.name}\u00a0»\u00a0: {row.label.lower()}",
                url,
                row.sentence,
                row.last_at,
                due_on=dates.day_of(expected_at(one, row.last_at)) if is_late(one, row.last_at, at=at) else None,
            )


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.ADMINISTER, _machines),)
