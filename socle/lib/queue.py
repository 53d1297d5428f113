"""Queue of tasks: what waits in it.

A task that does much, and nothing urgent, holds its worker meanwhile: between two things it asks whether somebody
waits, and leaves the rest to its next time.

A batch enqueues the same task thousands of times. To take one from the queue and to say that it is done costs as much
as most of them do: the first one taken does what those alike that wait would do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.models import DBTaskResult

# How long, in seconds, one task of what is not urgent keeps a worker.
SLICE = 15.0
# The same of a task that does what those alike would do.
TOGETHER = 5.0
# The priority of what comes after what makes a commune's services, and of what comes after even that.
BEHIND, LAST = -10, -20
# Tasks alike that are looked at together.
MOST = 1000


def enqueue_at_commit(task: Task[Any, Any] | str, *arguments: object) -> None:
    """Enqueue a task of what is being written: it waits from the commit on, and never was if the transaction fails.

    `task` is the task, or its dotted name: an action names it, since the task calls an action in its turn.

    The queue of the same database takes it within the transaction: no kill comes between the two, and a gesture that
    enqueues thirty tasks waits for the disk once. Another backend is told after the commit.
    """
    found: Task[Any, Any] = import_string(task) if isinstance(task, str) else task
    if isinstance(found.get_backend(), DatabaseBackend):
        found.enqueue(*arguments)
    else:
        transaction.on_commit(lambda: found.enqueue(*arguments))


def is_awaited(*, above: int) -> bool:
    """Say whether a task more urgent than this priority could begin now: one query."""
    return bool(DBTaskResult.objects.ready().filter(priority__gt=above).exists())


@contextmanager
def with_those_waiting(name: str) -> Iterator[set[str]]:
    """Do at once what many tasks alike would each do: yield the arguments of those that wait, of one argument each.

    `name` is the dotted path of the task. They leave the queue when the block ends well; they stay in it when it
    raises, or when its process dies.
    """
    rows = {row.pk: row.args_kwargs["args"] for row in _alike(name)}
    yield {str(arguments[0]) for arguments in rows.values() if arguments}
    _leave(list(rows))


def together(task: Callable[..., object]) -> Callable[..., None]:
    """Have one run of a task of one argument, or of none, do, each once, what those alike that wait would do.

    Not for long, nor while something more urgent awaits; what is left, and what raised, waits for a turn of its own.
    """
    name = f"{task.__module__}.{task.__qualname__}"

    @wraps(task)
    def run(*thing_id: str) -> None:
        begun = time.monotonic()
        # Before anything is done: what is said of the same thing meanwhile is news.
        waiting = list(_alike(name))
        task(*thing_id)
        done, rows = {thing_id}, []
        for row in waiting:
            argument = tuple(row.args_kwargs["args"])
            if argument not in done:
                if time.monotonic() - begun > TOGETHER or is_awaited(above=row.priority):
                    break
                try:
                    task(*argument)
                except Exception:  # noqa: S112 (its own turn says why)
                    continue
                done.add(argument)
            rows.append(row.pk)
        _leave(rows)

    return run


def _alike(name: str) -> QuerySet[DBTaskResult[Any, Any]]:
    return DBTaskResult.objects.ready().filter(task_path=name).order_by("enqueued_at")[:MOST]


def _leave(rows: list[Any]) -> None:
    """Say that these are done, but those that another worker has taken meanwhile: one statement, which looks again."""
    if rows:
        waiting = DBTaskResult.objects.filter(pk__in=rows, status=TaskResultStatus.READY)
        waiting.update(status=TaskResultStatus.SUCCESSFUL, finished_at=timezone.now())
