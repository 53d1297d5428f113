"""A vintage brought to the console: kept, compared, confirmed, then written by the worker, all or nothing.

How it holds. What is confirmed is a row (`asked`); a task writes it, and a tick asks for the task again when it was
lost. The row is held by a lock that dies with its worker: one found « running » that nobody holds is begun again, since
an import that was cut short wrote nothing. What is refused on its way goes back to be read.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from decimal import Decimal

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from socle.journal import actions as journal
from socle.lib import dates, locks
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import Refused, refuse
from socle.mergers import queries
from socle.mergers.actions import bring_vintage
from socle.mergers.models import IMPORT_MOVES, ImportStatus, VintageImport
from socle.people.models import Role, User
from socle.people.rules import holds
from socle.programme.models import Programme
from socle.territory import candidates
from socle.territory.candidates import Candidate
from socle.territory.differences import Difference, compare

logger = logging.getLogger("socle.mergers")

# An import begun so often without an end is the cause of its workers' death.
MOST_STARTS = 3
# The sentences `import_vintage` says on its way, and the end.
STEPS = 5
UNFORESEEN = "Une erreur imprévue s’est produite\u00a0; rien n’a été écrit. Sa trace est au journal technique."
STOPPED = "L’import a été interrompu plusieurs fois de suite, sans rien écrire\u00a0: la mémoire manque peut-être."
_HOUR = 3600
_DUE = (ImportStatus.ASKED, ImportStatus.RUNNING)


def why_not_bring(*, by: User, on: date) -> str | None:
    """Say why this person may not change the map, or None: it is everybody's, the lead's officers keep it."""
    for programme in Programme.objects.order_by("pk"):
        if holds(by, Role.PROGRAMME_OFFICER, on=on, operator=programme.lead()):
            return None
    return "Seules les personnes chargées du programme, au syndicat chef de file, importent un millésime."


@transaction.atomic
def bring(
    *, year: int | None, name: str = "", content: bytes = b"", changes: bytes = b"", by: User, at: datetime
) -> VintageImport:
    """Keep a vintage to be read: the bytes of a file, or the year of one shipped. Raises Refused: nothing is kept."""
    refuse(why_not_bring(by=by, on=dates.day_of(at)))
    candidate = _read(year, name, content, changes)
    brought = VintageImport.objects.create(
        year=candidate.year, name=name[:120], content=content, changes=changes, brought_by=by, brought_at=at
    )
    journal.record("vintage.brought", brought, by=by, at=at, year=candidate.year, sha256=candidate.checksum)
    return brought


def _read(year: int | None, name: str, content: bytes, changes: bytes) -> Candidate:
    if not name and year is not None:
        return candidates.read_vintage(year)
    candidate = candidates.read_bytes(content, name=name, year=year)
    return candidates.with_changes(candidate, changes) if changes else candidate


def difference_of(brought: VintageImport) -> Difference:
    """Say what this vintage would change today. Raises Refused when its file cannot be read any more."""
    return compare(_candidate(brought), thresholds=queries.thresholds())


def _candidate(brought: VintageImport) -> Candidate:
    return _read(brought.year, brought.name, bytes(brought.content), bytes(brought.changes))


def why_not_move(brought: VintageImport, to: ImportStatus, *, by: User, on: date) -> str | None:
    """Say why this import cannot be confirmed or given up now by this person, or None."""
    if reason := why_not_bring(by=by, on=on):
        return reason
    if to not in IMPORT_MOVES[ImportStatus(brought.status)]:
        return f"Cet import est «\u00a0{brought.get_status_display()}\u00a0»\u00a0: rechargez la page."
    return None


@transaction.atomic
def ask(
    brought: VintageImport, *, expected: str, forced_share: Decimal | None, by: User, at: datetime
) -> VintageImport:
    """Confirm the list that was read: the worker writes it, and no other. Raises Refused."""
    brought = VintageImport.objects.select_for_update().get(pk=brought.pk)
    refuse(why_not_move(brought, ImportStatus.ASKED, by=by, on=dates.day_of(at)))
    brought.status, brought.asked_by, brought.asked_at = ImportStatus.ASKED, by, at
    brought.expected, brought.forced_share = expected, forced_share
    brought.starts, brought.hitch = 0, ""
    brought.save(update_fields=["status", "asked_by", "asked_at", "expected", "forced_share", "starts", "hitch"])
    # What follows: config/reactions.py.
    journal.record("vintage.asked", brought, by=by, at=at, year=brought.year)
    return brought


@transaction.atomic
def drop(brought: VintageImport, *, by: User, at: datetime) -> VintageImport:
    """Give up an import that was only read; its bytes go."""
    brought = VintageImport.objects.select_for_update().get(pk=brought.pk)
    refuse(why_not_move(brought, ImportStatus.DROPPED, by=by, on=dates.day_of(at)))
    brought.status, brought.ended_at = ImportStatus.DROPPED, at
    brought.content = brought.changes = b""
    brought.save(update_fields=["status", "ended_at", "content", "changes"])
    journal.record("vintage.dropped", brought, by=by, at=at, year=brought.year)
    return brought


# --- By the worker ----------------------------------------------------------------------------------------------------
def hand_out() -> None:
    """Ask for the task that writes what was confirmed, when there is any; called by a tick, should it be lost."""
    if VintageImport.objects.filter(status__in=_DUE).exists():
        enqueue_at_commit("socle.mergers.tasks.import_asked")


def carry_due() -> int:
    """Write the imports that were confirmed; return how many were written."""
    count = 0
    for pk in VintageImport.objects.filter(status__in=_DUE).order_by("asked_at", "pk").values_list("pk", flat=True):
        with locks.held(f"vintage-import-{pk}") as is_mine:
            if is_mine:
                count += _carry(pk)
    return count


def _carry(pk: int) -> bool:
    brought = VintageImport.objects.select_related("asked_by").get(pk=pk)
    if brought.status not in _DUE or brought.asked_by is None:
        return False
    brought.status, brought.starts = ImportStatus.RUNNING, brought.starts + 1
    brought.save(update_fields=["status", "starts"])
    if brought.starts > MOST_STARTS:
        _give_back(brought, STOPPED)
        return False
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        cache.set(_key(pk), said, _HOUR)

    try:
        with transaction.atomic():
            _, plans = bring_vintage(
                _candidate(brought),
                forced_share=brought.forced_share,
                expected=brought.expected,
                by=brought.asked_by,
                at=timezone.now(),
                progress=say,
            )
            brought.status, brought.ended_at, brought.plans = ImportStatus.DONE, timezone.now(), len(plans)
            brought.content = brought.changes = b""
            brought.save(update_fields=["status", "ended_at", "plans", "content", "changes"])
    except Refused as refusal:
        _give_back(brought, refusal.sentence)
        return False
    except Exception:
        logger.exception("the import %s failed", pk)
        _give_back(
            brought, "Une erreur imprévue s’est produite\u00a0; rien n’a été écrit. Sa trace est au journal technique."
        )
        return False
    return True


def _give_back(brought: VintageImport, hitch: str) -> None:
    VintageImport.objects.filter(pk=brought.pk).update(status=ImportStatus.READ, hitch=hitch[:1000])


def progress_of(brought: VintageImport) -> list[str]:
    """Return the progress of this import, as the worker noted it."""
    said: list[str] = cache.get(_key(brought.pk), [])
    return said


def _key(pk: int) -> str:
    return f"vintage-import-{pk}"
