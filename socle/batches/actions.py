"""Starting a batch, carrying it on line by line, pausing, resuming, stopping, retrying.

How it holds. The rows are the truth: a line is pending, running, then done, refused, failed or left. A task of the
queue (`carry_on`) takes lines for a few seconds and enqueues the next one; a tick (`hand_out`) enqueues what is
missing, so that a task lost or set aside loses nothing. Each line is held by a lock that dies with its worker
(`lib.locks`): one found « running » that nobody holds is taken again. A line that ended is never begun again, except
when someone retries those that failed. What an atomic gesture does and the end of its line are one transaction; a
gesture made of several goes on from where it stopped. On PostgreSQL several workers share the lines; on SQLite, which
has one writer, they take turns. When the trouble is not the line's (disk full, database gone), the batch says so and is
tried again by itself, later and later, without any line being spent.

How to drill it, from a shell:

    socle batch start equip --limit 100 --json   # {"batch": 12, …}; the worker of `socle run`, or any, carries it on
    socle batch show 12 --json                   # {"status": "running", "done": 41, "failed": 0, "seconds_left": 98, …}
    socle batch show 12 --wait --timeout 900     # until it ends; exit code 0 when no line failed, 1 otherwise
    socle batch run 12                           # carries it on in this very process, without any worker
    socle batch pause 12, resume 12, cancel 12, retry 12, report 12 (the CSV)

Kill workers, the database or the disk meanwhile: `done` only grows, and the end is the same. `socle batch start` takes
--insee-code (repeatable), --filter "departement=59&etape=eligible" (the address of the console's list) and --limit.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.batches import rules
from socle.batches.contract import Failed, Gesture, NotYet, Wish
from socle.batches.gestures import gesture_of
from socle.batches.models import LAST_RETRY, WAITING, Batch, BatchLine, LineState, Status
from socle.journal import actions as journal
from socle.lib import dates, locks
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import Refused, Said, refuse
from socle.lib.rows import held
from socle.people.models import OPERATOR_ROLES, Operator, User
from socle.people.rules import holds
from socle.programme.models import Programme

# What is read with one that is held.
JOINED = ("operator", "programme", "started_by", "followed_by")


logger = logging.getLogger("socle.batches")

# How long a task works before it lets the others of the queue pass.
SLICE = timedelta(seconds=5)
# A line begun so often without an end is the cause of its workers' death.
MAX_STARTS = 10
# A line put back to later so often will not come by itself.
MAX_WAITS = 60
LATER = timedelta(seconds=10)
FIRST_RETRY = timedelta(seconds=10)
# Lines looked at when choosing one: those held by other workers are passed over.
GLANCE = 50
_NOT_THE_LINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}

# The task that serves a slice of what is due.
CARRY_ON = "socle.batches.tasks.carry_on"
UNFORESEEN = "Une erreur imprévue s’est produite ; sa trace est au journal technique."

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Chosen:
    """One thing chosen for a batch: its identifier, and how a list shows it."""

    subject: str
    label: str
    code: str = ""


@transaction.atomic
def start(
    gesture: Gesture,
    chosen: Sequence[Chosen],
    *,
    programme: Programme,
    operator: Operator,
    key: UUID | None = None,
    filters: str = "",
    by: User,
    at: datetime,
) -> Batch:
    """Start this gesture on these things; those refused already are lines that say why. Raises Refused.

    Asked twice with the same key, it starts once.
    """
    if key is not None and (known := Batch.objects.filter(key=key, started_by=by).first()):
        return known
    refuse(
        rules.why_not_start(gesture, len(chosen), programme=programme, operator=operator, by=by, on=dates.day_of(at))
    )
    refused = gesture.sort_out([one.subject for one in chosen], Wish(by, programme), at=at)
    batch = Batch.objects.create(
        gesture=gesture.code,
        operator=operator,
        programme=programme,
        started_by=by,
        filters=filters[:1000],
        started_at=at,
        resumed_at=at,
        **({"key": key} if key else {}),
    )
    BatchLine.objects.bulk_create(
        [
            BatchLine(
                batch=batch,
                subject=one.subject,
                label=one.label[:200],
                code=one.code,
                state=LineState.REFUSED if one.subject in refused else LineState.PENDING,
                says=refused.get(one.subject, "")[:1000],
                ended_at=at if one.subject in refused else None,
            )
            for one in chosen
        ],
        batch_size=500,
    )
    # What follows: config/reactions.py.
    journal.record("batch.started", batch, by=by, at=at, gesture=gesture.code, lines=len(chosen), refused=len(refused))
    return batch


# --- Carrying it on ---------------------------------------------------------------------------------------------------
def carry_on(*, slice_of: timedelta = SLICE, only: int | None = None, clock: Clock = timezone.now) -> bool:
    """Serve the batch that waited longest, for a while; say whether anything is left to do now.

    With `only`, that batch alone.
    """
    now = clock()
    due = Batch.objects.due(now)
    if only is not None:
        due = due.filter(pk=only)
    batch = (
        due.select_related("programme", "started_by", "followed_by", "operator")
        .order_by(F("served_at").asc(nulls_first=True), "pk")
        .first()
    )
    if batch is None:
        return False
    # SQLite has one writer: its workers take turns, a slice each.
    with locks.held("batches") if connection.vendor == "sqlite" else nullcontext(True) as is_mine:
        if not is_mine:
            return False
        Batch.objects.filter(pk=batch.pk).update(served_at=now)
        try:
            _serve(batch, until=now + slice_of, clock=clock)
        except Hindered as hindrance:
            # Its message may hold values of the row being written: only its kind is told.
            logger.warning("batch %s is hindered: %s", batch.pk, type(hindrance.__cause__).__name__)
            _note(batch, hindrance.sentence, at=clock())
    return Batch.objects.due(clock()).filter(**({"pk": only} if only is not None else {})).exists()


def _serve(batch: Batch, *, until: datetime, clock: Clock) -> None:
    """Play lines until the time is over, none is left to take, or somebody pauses or stops the batch."""
    try:
        gesture = gesture_of(batch.gesture)
    except Refused as refusal:
        raise Hindered(refusal.sentence) from refusal
    while clock() < until and _is_running(batch):
        if not _play_next(batch, gesture, clock=clock):
            _end_if_done(batch, at=clock())
            return
    _end_if_done(batch, at=clock())


def _is_running(batch: Batch) -> bool:
    return Batch.objects.filter(pk=batch.pk, status=Status.RUNNING).exists()


def _play_next(batch: Batch, gesture: Gesture, *, clock: Clock) -> bool:
    """Play the first line that nobody holds; say whether there was one."""
    free = Q(due_at__isnull=True) | Q(due_at__lte=clock())
    waiting = BatchLine.objects.filter(free, batch=batch, state__in=WAITING).order_by("waits", "id")
    for line in waiting[:GLANCE]:
        with locks.held(f"batch-line-{line.pk}") if connection.vendor != "sqlite" else nullcontext(True) as is_mine:
            if is_mine and _begin(line, at=clock()):
                _play(line, batch, gesture, clock=clock)
                return True
    return False


def _begin(line: BatchLine, *, at: datetime) -> bool:
    """Mark a line as running, read again under its lock; set it aside when it kills its workers."""
    with transaction.atomic():
        fresh = BatchLine.objects.select_for_update().filter(pk=line.pk, state__in=WAITING).first()
        if fresh is None:
            return False
        if fresh.starts >= MAX_STARTS:
            says = f"Commencée {fresh.starts} fois sans fin : l’exécuteur de tâches s’est arrêté à chaque fois."
            _end(fresh, LineState.FAILED, says, at=at)
            return False
        BatchLine.objects.filter(pk=line.pk).update(
            state=LineState.RUNNING, starts=F("starts") + 1, started_at=at, due_at=None
        )
        return True


def _play(line: BatchLine, batch: Batch, gesture: Gesture, *, clock: Clock) -> None:
    wish = Wish(batch.follower, batch.programme)
    try:
        with transaction.atomic() if gesture.is_atomic else nullcontext():
            says = gesture.do(line.subject, wish, at=clock())
            _end(line, LineState.DONE, says, at=clock())
    except Refused as refusal:
        _end(line, LineState.REFUSED, refusal.sentence, at=clock())
    except NotYet as wait:
        _postpone(line, wait.sentence, at=clock())
    except Failed as failure:
        _end(line, LineState.FAILED, failure.sentence, at=clock())
    except Exception as error:
        if sentence := _hindrance(error):
            _let_go(line)
            raise Hindered(sentence) from error
        logger.exception("a line failed", extra={"batch": batch.pk, "line": line.pk})
        _end(
            line,
            LineState.FAILED,
            UNFORESEEN,
            at=clock(),
        )
    if batch.hindrance:
        Batch.objects.filter(pk=batch.pk).update(hindrance="", hindrances=0, next_try_at=None)
        batch.hindrance = ""


def _end(line: BatchLine, state: LineState, says: str, *, at: datetime) -> None:
    # « Left » when the batch was stopped meanwhile: what came of it is the truth all the same.
    BatchLine.objects.filter(pk=line.pk, state__in=(*WAITING, LineState.LEFT)).update(
        state=state, says=says[:1000], ended_at=at, due_at=None, starts=0
    )


def _postpone(line: BatchLine, says: str, *, at: datetime) -> None:
    if line.waits >= MAX_WAITS:
        _end(line, LineState.FAILED, f"{says} Remise à plus tard {line.waits} fois, sans succès.", at=at)
        return
    BatchLine.objects.filter(pk=line.pk, state=LineState.RUNNING).update(
        state=LineState.PENDING, says=says[:1000], due_at=at + LATER, waits=F("waits") + 1, starts=0
    )


class Hindered(Said):
    """Nothing can be done for now, whatever the line."""


def _hindrance(error: BaseException | None) -> str | None:
    """Say what keeps everything from going on, when that is the trouble and not the line; the causes are read too."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NOT_THE_LINE:
            return f"Le disque ne se laisse plus écrire ({error.strerror}) : le lot reprendra de lui-même."
        if isinstance(error, OperationalError | InterfaceError):
            return "La base de données ne répond pas, ou ne peut plus écrire : le lot reprendra de lui-même."
        error = error.__cause__ or error.__context__
    return None


def _let_go(line: BatchLine) -> None:
    """The line is not to blame: it is as if it had not been begun. A database that is gone counts nothing anyway."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    BatchLine.objects.filter(pk=line.pk, state=LineState.RUNNING).update(
        state=LineState.PENDING, starts=F("starts") - 1
    )


def _note(batch: Batch, sentence: str, *, at: datetime) -> None:
    wait = min(FIRST_RETRY * (1 << min(batch.hindrances, 10)), LAST_RETRY)
    Batch.objects.filter(pk=batch.pk).update(
        hindrance=sentence[:300], hindrances=min(batch.hindrances + 1, 1000), next_try_at=at + wait
    )


def _end_if_done(batch: Batch, *, at: datetime) -> None:
    """End the batch when none of its lines waits; once, whoever comes last."""
    with transaction.atomic():
        held = Batch.objects.select_for_update().filter(pk=batch.pk, status=Status.RUNNING).first()
        if held is None or held.lines.filter(state__in=WAITING).exists():
            return
        held.status, held.ended_at, held.hindrance, held.next_try_at = Status.FINISHED, at, "", None
        held.save(update_fields=["status", "ended_at", "hindrance", "next_try_at"])
        failed = held.lines.filter(state=LineState.FAILED).count()
        done = held.lines.filter(state=LineState.DONE).count()
        journal.record("batch.finished", held, by=User.objects.system(), at=at, lines=done, failed=failed)


def hand_out() -> int:
    """The tick: enqueue what is missing, so that as many tasks serve the batches as this installation gives them."""
    if not Batch.objects.due(timezone.now()).exists():
        return 0
    missing = max(0, settings.SOCLE_BATCH_WORKERS - _at_it(TaskResultStatus.READY, TaskResultStatus.RUNNING))
    for _ in range(missing):
        enqueue_at_commit(CARRY_ON)
    return missing


def enqueue_next() -> None:
    """A task that leaves something to do enqueues the next one, unless enough of them wait already."""
    if _at_it(TaskResultStatus.READY) < settings.SOCLE_BATCH_WORKERS:
        enqueue_at_commit(CARRY_ON)


def _at_it(*statuses: TaskResultStatus) -> int:
    return DBTaskResult.objects.filter(task_path=CARRY_ON, status__in=statuses).count()


# --- Steering it ------------------------------------------------------------------------------------------------------
@transaction.atomic
def pause(batch: Batch, *, by: User, at: datetime) -> Batch:
    """Stop taking lines; the one being done is finished first. Raises Refused."""
    batch = held(batch, *JOINED)
    refuse(rules.why_not_pause(batch, by=by, on=dates.day_of(at)))
    batch.status = Status.PAUSED
    batch.save(update_fields=["status"])
    journal.record("batch.paused", batch, by=by, at=at)
    return batch


@transaction.atomic
def hand_to(batch: Batch, *, to: User | None, by: User, at: datetime) -> bool:
    """After whoever led it left: go on in the name of this person, or pause when nobody takes over."""
    batch = held(batch, *JOINED)
    if to is None or rules.why_not_steer(batch, by=to, on=dates.day_of(at)) is not None:
        if batch.status == Status.RUNNING:
            pause(batch, by=by, at=at)
        return True
    batch.followed_by = to
    batch.save(update_fields=["followed_by"])
    journal.record("batch.handed_over", batch, by=by, at=at, successor=to.pk)
    return True


@transaction.atomic
def resume(batch: Batch, *, by: User, at: datetime) -> Batch:
    """Take lines again. Raises Refused."""
    batch = held(batch, *JOINED)
    refuse(rules.why_not_resume(batch, by=by, on=dates.day_of(at)))
    _take_from_who_left(batch, by=by, at=at)
    _set_going(batch, at=at)
    journal.record("batch.resumed", batch, by=by, at=at)
    return batch


@transaction.atomic
def cancel(batch: Batch, *, by: User, at: datetime) -> Batch:
    """Give up the lines not begun; those done stay done, and those left may be retried. Raises Refused."""
    batch = held(batch, *JOINED)
    refuse(rules.why_not_cancel(batch, by=by, on=dates.day_of(at)))
    left = batch.lines.filter(state=LineState.PENDING).update(
        state=LineState.LEFT, says="Laissée : le lot a été arrêté avant son tour.", due_at=None
    )
    # The one being done is finished by its worker, who writes what came of it; one whose worker died stays left.
    batch.lines.filter(state=LineState.RUNNING).update(
        state=LineState.LEFT, says="En cours quand le lot a été arrêté : son issue s’écrit ici si elle va au bout."
    )
    batch.status, batch.ended_at, batch.hindrance, batch.next_try_at = Status.CANCELLED, at, "", None
    batch.save(update_fields=["status", "ended_at", "hindrance", "next_try_at"])
    journal.record("batch.cancelled", batch, by=by, at=at, lines=left)
    return batch


@transaction.atomic
def retry(batch: Batch, *, by: User, at: datetime) -> Batch:
    """Try again the lines that failed or were left. Raises Refused."""
    batch = held(batch, *JOINED)
    again = batch.lines.filter(state__in=[LineState.FAILED, LineState.LEFT])
    refuse(rules.why_not_retry(batch, again.count(), by=by, on=dates.day_of(at)))
    _take_from_who_left(batch, by=by, at=at)
    count = again.update(state=LineState.PENDING, says="", starts=0, waits=0, due_at=None, ended_at=None)
    _set_going(batch, at=at)
    journal.record("batch.retried", batch, by=by, at=at, lines=count)
    return batch


def _take_from_who_left(batch: Batch, *, by: User, at: datetime) -> None:
    """Whoever led it serves the operator no more: its lines go on in the name of whoever sets it going again."""
    left = not holds(batch.follower, *OPERATOR_ROLES, on=dates.day_of(at), operator=batch.operator)
    if left and not by.is_system and not batch.follower.is_system:
        batch.followed_by = by
        batch.save(update_fields=["followed_by"])
        journal.record("batch.handed_over", batch, by=by, at=at, successor=by.pk)


def _set_going(batch: Batch, *, at: datetime) -> None:
    batch.status, batch.resumed_at, batch.ended_at = Status.RUNNING, at, None
    batch.hindrance, batch.hindrances, batch.next_try_at = "", 0, None
    batch.save(update_fields=["status", "resumed_at", "ended_at", "hindrance", "hindrances", "next_try_at"])
