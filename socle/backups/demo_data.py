"""The saves of a mairie in a demonstration: a machine to install, one that saves each night, one that did; invented."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django_scopes import scope

from socle.backups import actions, certificate
from socle.backups.drills import quarter_of
from socle.backups.models import Account, Check, Drill, Machine, Repository, Snapshot, System
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User
from socle.people.personas import why_not_make_fictions

TO_INSTALL, SAVING = "Poste du secrétariat (fictif)", "Serveur de fichiers (fictif)"
FORMER = "Ancien serveur (fictif)"
SEED = "fictif"
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
            _, repository = _enrolled(account, SAVING, by=by, at=at)
            _save(account, repository, at=at)
            _prove(repository, at=at)
    return True


def _enrolled(account: Account, name: str, *, by: User, at: datetime) -> tuple[Machine, Repository]:
    began = at - NIGHTS * A_DAY
    machine, code = actions.add_machine(
        account, name=name, system=System.LINUX, folders="/srv/mairie", every_days=1, by=by, at=began
    )
    return machine, Repository.objects.get(user=actions.claim(code, by=by, at=began).user)


@transaction.atomic
def ensure_attested(beneficiary: Beneficiary, *, keeper: User, by: User, at: datetime) -> Drill | None:
    """Keep the sheet of a rehearsal of a mairie of a demonstration, attested by a keeper of the saves, once.

    Where restic is installed, it is that of a machine stopped since, whose repository is erased: nothing reads it.
    None when there is an attestation already. Raises `Refused` outside a demonstration, or what the screen refuses.
    """
    refuse(why_not_make_fictions())
    with scope(beneficiary=beneficiary):
        drills = Drill.objects.filter(repository__beneficiary=beneficiary, is_sound=True)
        account = Account.objects.filter(beneficiary=beneficiary).first()
        if account is None or drills.filter(document__isnull=False).exists():
            return None
        drill = drills.select_related("repository__machine", "snapshot").first() or _of_the_past(account, by=by, at=at)
        drill.document = certificate.keep(drill, drill.repository.machine, by=by, at=drill.ended_at)
        drill.save(update_fields=["document"])
        return certificate.attest(drill, by=keeper, at=at)


def _of_the_past(account: Account, *, by: User, at: datetime) -> Drill:
    machine, repository = _enrolled(account, FORMER, by=by, at=at)
    _save(account, repository, at=at)
    _prove(repository, at=at)
    machine.refresh_from_db()
    actions.retire_machine(machine, by=by, at=at)
    repository.erased_at, repository.size = at, 0
    repository.save(update_fields=["erased_at", "size"])
    Account.objects.filter(pk=account.pk).update(size=0)
    return repository.drills.select_related("repository__machine", "snapshot").get()


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
        # The last one that was there when it began.
        snapshot=repository.snapshots.filter(dated_at__lt=at - A_DAY).first(),
        quarter=quarter_of(at - A_DAY),
        seed=SEED,
        sample=25,
        found=FILES,
        compared=25,
        drawn=25,
        canaries=2,
        size=31_000_000,
        sha256=hashlib.sha256(SEED.encode()).hexdigest(),
        is_sound=True,
        says="Exercice fictif.",
        began_at=at - A_DAY,
        ended_at=at - A_DAY,
    )
