"""The rehearsal of a restoration, each quarter: files drawn at random, restored by our key, compared, certified."""

from __future__ import annotations

import hashlib
import logging
import random
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.agreements.contract import Proof
from socle.backups import actions, certificate, inspection
from socle.backups.contract import Compared, Damaged, SeenFile, StoreError, store
from socle.backups.models import Drill, Machine, Purpose, Repository, Snapshot
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import User

log = logging.getLogger("socle.backups")

FEW = 2
# Beyond, a file is too long to be restored in a rehearsal of some minutes: it is never drawn, and it is said.
MOST_BYTES = 256 * 1024 * 1024


def quarter_of(at: datetime) -> str:
    """« 2026-T4 »."""
    on = dates.day_of(at)
    return f"{on.year}-T{(on.month + 2) // 3}"


def rehearse_due(*, by: User, at: datetime) -> int:
    """Rehearse with a few of those that have not been this quarter; the day of each is spread over its first weeks."""
    quarter, on = quarter_of(at), dates.day_of(at)
    day = (on - on.replace(month=3 * ((on.month - 1) // 3) + 1, day=1)).days
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        done = Drill.objects.filter(repository=OuterRef("pk"), quarter=quarter)
        found = Repository.objects.filter(~Exists(done), erased_at=None, last_success_at__isnull=False)
        due = [one for one in found.select_related("beneficiary").order_by("pk") if one.pk % 60 <= day][:FEW]
    for repository in due:
        with scope(beneficiary=repository.beneficiary):
            rehearse(repository, by=by, at=at)
    return len(due)


@dataclass
class _Result:
    found: int = 0
    drawn: int = 0
    compared: int = 0
    canaries: int = 0
    size: int = 0
    sha256: str = ""
    says: str = ""
    is_sound: bool = False


def rehearse(
    repository: Repository, *, by: User, at: datetime, seed: str = "", snapshot: Snapshot | None = None
) -> Drill | None:
    """Restore a sample and compare it; keep the result, and the certificate when there is one.

    None when the store itself does not answer: it proves nothing of what is kept, and is tried again.
    """
    repository = inspection.look(repository, by=by, at=at)
    seed = seed or secrets.token_hex(16)
    chosen = snapshot or repository.snapshots.filter(forgotten_at=None, vanished_at=None).first()
    if repository.last_error and chosen is None:
        return None
    result = _Result(says="Ce dépôt ne contient aucune sauvegarde à restaurer.")
    if chosen is not None:
        try:
            result = _restore(repository, chosen, seed)
        except Damaged as damage:
            result = _Result(says=damage.sentence)
        except (StoreError, OSError):
            log.exception("drill of repository %s could not be made", repository.pk)
            return None
    with transaction.atomic():
        drill = Drill(
            repository=repository,
            snapshot=chosen,
            quarter=quarter_of(at),
            seed=seed,
            sample=settings.SOCLE_MACHINE_BACKUPS_SAMPLE,
            found=result.found,
            drawn=result.drawn,
            compared=result.compared,
            canaries=result.canaries,
            size=result.size,
            sha256=result.sha256,
            is_sound=result.is_sound,
            says=result.says,
            began_at=at,
            ended_at=max(at, timezone.now()),
        )
        if result.is_sound:
            machine = Machine.objects.filter(repository=repository).first()
            try:
                drill.document = certificate.keep(drill, machine, by=by, at=at)
            except Refused:
                log.exception("the certificate of repository %s could not be composed", repository.pk)
        drill.save(force_insert=True)
        inspection.note_own_use(repository, Purpose.DRILL, by=by, at=at)
        verb = "backup.drill_passed" if drill.is_sound else "backup.drill_failed"
        journal.record(verb, repository, by=by, at=at, drill=drill.pk, compared=drill.compared)
    return drill


def _restore(repository: Repository, snapshot: Snapshot, seed: str) -> _Result:
    where, key = store(), actions.key_of(repository)
    wanted = actions.canaries_of(repository.canary)
    result = _Result()
    canaries: dict[str, str] = {}

    def counted() -> Iterable[SeenFile]:
        for file in where.files(repository.user, key, snapshot.identifier):
            result.found += 1
            name = file.path.rpartition("/")[2]
            if name in wanted and "/temoins/" in file.path:
                canaries[file.path] = wanted[name]
            elif file.size <= MOST_BYTES:
                yield file

    sample = draw(counted(), seed=seed, size=settings.SOCLE_MACHINE_BACKUPS_SAMPLE)
    total, problem = hashlib.sha256(), ""
    for one in where.compare(repository.user, key, snapshot.identifier, [*canaries, *sample]):
        result.drawn += 1
        result.size += one.size
        total.update(f"{one.sha256}\n".encode())
        if one.is_same and canaries.get(one.path, one.sha256) == one.sha256:
            result.compared += 1
            result.canaries += one.path in canaries
        else:
            problem = problem or _problem(one)
    result.sha256 = total.hexdigest()
    if not problem and result.canaries < len(wanted):
        problem = (
            "Les fichiers témoins de la machine manquent à la sauvegarde, ou n’y sont pas tels qu’elle les a écrits."
        )
    elif not problem and not result.drawn:
        problem = "Cette sauvegarde ne contient aucun fichier."
    result.is_sound = not problem
    result.says = problem or "Chaque fichier restauré est identique à ce qui fut sauvegardé."
    return result


def _problem(one: Compared) -> str:
    if one.is_same:
        return (
            "Un fichier témoin n’est plus celui que la machine avait écrit : ses fichiers ont peut-être été chiffrés."
        )
    return one.says or "Un fichier restauré n’est pas identique à ce qui fut sauvegardé."


def restored_since(since: date) -> Iterator[Proof]:
    """The rehearsals that went well since that day, the oldest first: they keep what agreements promise of one."""
    with scopes_disabled():  # Whoever asks works for every beneficiary in turn.
        passed = Drill.objects.filter(is_sound=True, began_at__gte=dates.bounds_of(since)[0])
        for drill in passed.select_related("repository", "document").order_by("began_at", "pk"):
            yield Proof(drill.repository.beneficiary_id, dates.day_of(drill.began_at), str(drill), drill.document)


def draw(files: Iterable[SeenFile], *, seed: str, size: int) -> list[str]:
    """Draw so many paths, each file with the same chance, in one pass: the same seed draws the same from the same."""
    chance = random.Random(seed)  # noqa: S311 (a draw that anybody can make again, no secret)
    drawn: list[str] = []
    for rank, file in enumerate(files):
        if rank < size:
            drawn.append(file.path)
        elif (place := chance.randrange(rank + 1)) < size:
            drawn[place] = file.path
    return sorted(drawn)
