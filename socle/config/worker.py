"""A worker whose death can be noticed: it holds a lock under its own name as long as it lives."""

from __future__ import annotations

from django.conf import settings
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker

from socle.config import processes

# How long a task waits at most when the worker was idle, in seconds.
INTERVAL = 0.5


def work(*, dies_with_parent: bool = False) -> None:
    """Run tasks of every queue until SIGTERM or SIGINT; the task in hand is finished first."""
    if dies_with_parent:
        processes.die_with_parent()
    processes.sweep()
    worker_id = processes.new_worker_id()
    with processes.held(processes.lock_of(worker_id)):
        worker = Worker(
            queue_names=["*"],
            interval=INTERVAL,
            batch=False,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=worker_id,
        )
        worker.configure_signals()
        try:
            worker.run()
        finally:
            (settings.DATA_DIR / "locks" / processes.lock_of(worker_id)).unlink(missing_ok=True)
