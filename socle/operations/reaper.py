"""Give back the tasks of workers that died.

A worker stopped by a signal finishes its task; one that is killed (memory, power) leaves it « running » for ever, and
the queue never looks at it again. Tasks are written to be run twice without harm: the reaper puts them back in the
queue, and sets aside the one that kills its worker each time.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.operations import processes

log = logging.getLogger("socle.reaper")

# A task begun so often without an end is the cause of its workers' death.
MAX_STARTS = 3
# Of a worker on another machine that shares no lock with ours (SQLite, an older release) nothing is known: its task is
# given back after this time only.
PATIENCE = timedelta(hours=1)


def reap() -> int:
    """Put back in the queue the running tasks whose worker is dead; return how many were taken from the dead."""
    reaped = 0
    for task in DBTaskResult.objects.running().only("id", "worker_ids", "started_at", "task_path"):
        if _is_orphan(task) and _take_back(task):
            reaped += 1
    return reaped


def _is_orphan(task: DBTaskResult[Any, Any]) -> bool:
    worker = task.worker_ids[-1] if task.worker_ids else ""
    alive = processes.is_alive(worker)
    if alive is None:
        return task.started_at is None or task.started_at < timezone.now() - PATIENCE
    return not alive


def _take_back(task: DBTaskResult[Any, Any]) -> bool:
    """Change the row only if it is still as it was read: its worker may have ended it since."""
    untouched = DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.RUNNING, started_at=task.started_at)
    with transaction.atomic():
        if len(task.worker_ids) < MAX_STARTS:
            changed = untouched.update(status=TaskResultStatus.READY, started_at=None)
            outcome = "given back"
        else:
            changed = untouched.update(
                status=TaskResultStatus.FAILED,
                finished_at=timezone.now(),
                exception_class_path="socle.operations.reaper.WorkerDied",
                traceback=f"The worker died each of the {len(task.worker_ids)} times this task was begun.",
            )
            outcome = "set aside"
    if changed:
        log.warning("task %s of a dead worker %s: %s", task.pk, outcome, task.task_path)
    return bool(changed)


class WorkerDied(Exception):
    """Why a task that was set aside failed; never raised, named in its result."""
