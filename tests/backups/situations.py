"""A machine of a mairie as the doors meet it: enrolled on the twin, saved, rehearsed, certified."""

from __future__ import annotations

from django_scopes import scope

from socle.backups import actions, escrow, inspection
from socle.backups.models import Drill, EscrowUse, Machine, Repository
from socle.documents import actions as documents
from socle.engines.simulated.store import SimulatedStore
from socle.people.models import Beneficiary, User
from tests import factories as f


def machine_of(place: Beneficiary, *, by: User) -> Machine:
    """Its only machine, made the first time."""
    with scope(beneficiary=place):
        found = Machine.objects.filter(beneficiary=place).select_related("repository").first()
        if found is not None:
            return found
        account = actions.open_account(place, by=by, at=f.NOW)
        machine, code = actions.add_machine(
            account, name=f"Poste de {place.name}", system="linux", folders="/papiers", every_days=1, by=by, at=f.NOW
        )
        given = actions.claim(code, by=by, at=f.NOW)
        repository = Repository.objects.get(user=given.user)
        SimulatedStore().save(repository.user, "cle", given.operator_key, files={"/papiers/a": b"a"}, at=f.NOW)
        inspection.look(repository, by=by, at=f.NOW)
        return Machine.objects.select_related("repository").get(pk=machine.pk)


def drill_of(place: Beneficiary, content: bytes, *, by: User) -> Drill:
    """A rehearsal of it that went well, and its certificate."""
    repository = machine_of(place, by=by).repository
    assert repository is not None
    with scope(beneficiary=place):
        return repository.drills.first() or Drill.objects.create(
            repository=repository,
            snapshot=repository.snapshots.first(),
            quarter="2026-T4",
            seed="graine",
            sample=25,
            is_sound=True,
            began_at=f.NOW,
            ended_at=f.NOW,
            document=documents.keep(content, title="Attestation", filename="a.pdf", beneficiary=place, by=by, at=f.NOW),
        )


def use_of(place: Beneficiary, *, by: User) -> EscrowUse:
    """A use of its key, asked by this person of an operator."""
    repository = machine_of(place, by=by).repository
    assert repository is not None
    with scope(beneficiary=place):
        return escrow.ask(repository, purpose="restore", reason="Demandé par la mairie", by=by, at=f.NOW)
