"""Idle workers woken as soon as a task is committed, instead of at their next look at the queue.

On PostgreSQL, whoever enqueues notifies in its own transaction, and workers listen on a connection of their own. SQLite
notifies nobody: its workers look, fifty times a second, at the number that each commit of another process changes.
Where neither works (a pooler that lends its connections by transaction, a file put in place of another), nothing is
lost: a worker looks at the queue twice a second all the same.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django_tasks.base import TaskResultStatus
from django_tasks.signals import task_enqueued
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.models import DBTaskResult

CHANNEL = "socle_tasks"
# Between two looks at the number of the commits of SQLite, in seconds: a look costs some ten microseconds.
LOOK = 0.02
WAITING = f"SELECT 1 FROM {DBTaskResult._meta.db_table} WHERE status = ? LIMIT 1"  # noqa: S608 (a name of ours)

Wait = Callable[[float], bool]


def notify(sender: type[Any], **kwargs: object) -> None:
    """Wake whoever listens, once what is being written is committed: the receiver of `task_enqueued`."""
    if connection.vendor != "postgresql" or not issubclass(sender, DatabaseBackend):
        return
    # Said once in a transaction. A savepoint that is rolled back takes away both what was said and its mark.
    if any(hook is _said for _, hook, *_ in connection.run_on_commit):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
    if connection.in_atomic_block:
        transaction.on_commit(_said)


def _said() -> None:
    """Mark, among what a transaction does at its commit, that it wakes the workers already."""


def connect() -> None:
    """Have every task that is enqueued wake a worker."""
    task_enqueued.connect(notify, dispatch_uid="socle.operations.wakeups")


@contextlib.contextmanager
def listening() -> Iterator[Wait]:
    """`wait(seconds)`: sleep that long at most, and say whether a task came; none that came between two is missed."""
    watch = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    with watch() as comes:

        def wait(seconds: float) -> bool:
            # A database that is gone is said here as everywhere: whoever works waits for it.
            with connection.wrap_database_errors:
                return comes(seconds)

        yield wait


@contextlib.contextmanager
def _on_postgresql() -> Iterator[Wait]:
    link = connection.copy()
    try:
        with link.cursor() as cursor:
            # It says nothing for days: that is no reason to close it.
            cursor.execute("SET idle_session_timeout = 0")
            cursor.execute(f"LISTEN {CHANNEL}")
        yield lambda seconds: any(link.connection.notifies(timeout=seconds, stop_after=1))
    finally:
        with contextlib.suppress(DatabaseError, InterfaceError):
            link.close()


@contextlib.contextmanager
def _on_sqlite() -> Iterator[Wait]:
    with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as reader:

        def commits() -> int:
            return int(reader.execute("PRAGMA data_version").fetchone()[0])

        seen = commits()

        def comes(seconds: float) -> bool:
            nonlocal seen
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if (now := commits()) != seen:
                    seen = now
                    # Most commits enqueue nothing, and to take a task a worker holds the whole file.
                    if reader.execute(WAITING, [TaskResultStatus.READY]).fetchone():
                        return True
                time.sleep(LOOK)
            return False

        yield comes
