"""The saves of a mairie in a demonstration: a machine to install, and one that saves each night, both fictitious."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django_scopes import scope

from socle.backups import actions
from socle.backups.drills import quarter_of
from socle.backups.models import Account, Check, Drill, Machine, Repository, Snapshot, System
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User
from socle.people.personas import why_not_make_fictions

TO_INSTALL, SAVING = "Poste du secrétariat (fictif)", "Serveur de fichiers (fictif)"
NIGHTS = 14
SIZE, FILES = 2_400_000_000, 5_312
A_DAY = timedelta(days=1)


@transaction.atomic
def ensure_saves(beneficiary: Beneficiary, *, by: User, at: datetime) -> bool:
    """Give a mairie of a demonstration its machines, once; say whether they were made. Raises `Refused` elsewhere.

    Where restic is installed, everything there is real: only the machine to install is shown. Elsewhere, the nights
    that passed since the last start are added: nothing saves by itself.
    """
    refuse(why_not_make_fictions())
    with scope(beneficiary=beneficiary):
        account = actions.open_account(beneficiary, by=by, at=at)
        saving = Machine.objects.filter(beneficiary=beneficiary, name=SAVING).select_related("repository").first()
        if saving is not None and saving.repository is not None and not settings.HAS_MACHINE_BACKUPS:
            _save(account, saving.repository, at=at)
            return False
        if Machine.objects.filter(beneficiary=beneficiary).exists():
            return False
        actions.add_machine(
            account, name=TO_INSTALL, system=System.WINDOWS, folders="C:\\Mairie", every_days=1, by=by, at=at
        )
        if not settings.HAS_MACHINE_BACKUPS:
            began = at - NIGHTS * A_DAY
            _, code = actions.add_machine(
                account, name=SAVING, system=System.LINUX, folders="/srv/mairie", every_days=1, by=by, at=began
            )
            repository = Repository.objects.get(user=actions.claim(code, by=by, at=began).user)
            _save(account, repository, at=at)
            _prove(repository, at=at)
    return True


def _save(account: Account, repository: Repository, *, at: datetime) -> None:
    """The nights since the last save, fourteen at most."""
    last = repository.last_success_at or repository.made_at
    nights = min(NIGHTS, int((at - last) / A_DAY))
    Snapshot.objects.bulk_create(
        Snapshot(
            repository=repository,
            identifier=hashlib.sha256(f"{repository.user}{taken}".encode()).hexdigest(),
            taken_at=taken,
            seen_at=taken,
            dated_at=taken,
            host="serveur-fictif",
            paths="/srv/mairie",
            size=SIZE,
            files=FILES,
        )
        for taken in (at - timedelta(hours=5) - rank * A_DAY for rank in range(nights))
    )
    # A twin keeps nothing from one start to another: its last check is ours to say.
    repository.confirmed_at = repository.confirmed_at or repository.made_at
    repository.checked_at, repository.size = at, SIZE
    if nights:
        repository.last_success_at = at - timedelta(hours=5)
    repository.save(update_fields=["confirmed_at", "checked_at", "size", "last_success_at"])
    Account.objects.filter(pk=account.pk).update(size=SIZE)


def _prove(repository: Repository, *, at: datetime) -> None:
    Check.objects.create(
        repository=repository, began_at=at, ended_at=at, share="5%", is_sound=True, says="Contrôle fictif."
    )
    Drill.objects.create(
        repository=repository,
        snapshot=repository.snapshots.first(),
        quarter=quarter_of(at),
        seed="fictif",
        sample=25,
        found=FILES,
        compared=25,
        drawn=25,
        canaries=2,
        size=31_000_000,
        is_sound=True,
        says="Exercice fictif.",
        began_at=at - A_DAY,
        ended_at=at - A_DAY,
    )
