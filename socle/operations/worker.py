"""A worker whose death can be noticed: it holds a lock under its own name as long as it lives.

A database that restarts, or a disk that is full, is not its death: it waits, then comes back under a new name, so that
whatever it had begun under the former one is given back by the reaper like the task of a dead worker.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from socle.lib.children import die_with_parent
from socle.operations import processes, wakeups

log = logging.getLogger("socle.worker")

# How long a task waits at most when the worker was idle and nothing woke it, in seconds.
INTERVAL = 0.5
# How long to wait, in seconds, before asking again a database that did not answer: doubles, up to the last.
FIRST_PAUSE, LAST_PAUSE = 0.5, 10.0
# A life longer than this, in seconds, was a good one: the next failure is a new one.
GOOD_LIFE = 60.0


def work(*, dies_with_parent: bool = False) -> None:
    """Run tasks of every queue until SIGTERM or SIGINT; the task in hand is finished first."""
    if dies_with_parent:
        die_with_parent()
    keep_working(_live)


def keep_working(
    live: Callable[[], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Live again each time the database was lost, after a pause; return when a life ends by itself."""
    pause = FIRST_PAUSE
    while True:
        begun = clock()
        try:
            live()
        except (OperationalError, InterfaceError) as error:
            if clock() - begun > GOOD_LIFE:
                pause = FIRST_PAUSE
            # Its message may hold values of the row being written: only its kind is told.
            log.warning("the database does not answer (%s): next try in %.1f s", type(error).__name__, pause)
            connections.close_all()
            sleep(pause)
            pause = min(pause * 2, LAST_PAUSE)
        else:
            return


class Watched(Worker):
    """A worker that begins nothing once the others believe it dead: they would do the same task."""

    believed: Callable[[], bool]

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        if not self.believed():
            # Another life, under another name: this task is given back like that of a dead worker.
            raise OperationalError("the lock of this worker was lost")
        super().run_task(db_task_result)


def _live() -> None:
    """One life of the worker, under one name."""
    processes.sweep()
    worker_id = processes.new_worker_id()
    with processes.living(worker_id) as believed, wakeups.listening() as wait:
        worker = Watched(
            queue_names=["*"],
            interval=INTERVAL,
            # It returns when the queue is empty: the library would sleep, whatever comes.
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=worker_id,
        )
        worker.believed = believed
        worker.configure_signals()
        try:
            worker.run()
            while worker.running:
                wait(INTERVAL)
                worker.run()
        except (OperationalError, InterfaceError):
            # Told to stop, it does not wait for the database to come back: its task is given back like a dead one's.
            if worker.running:
                raise
