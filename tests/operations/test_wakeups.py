"""An idle worker is woken by the commit of a task, and by nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tasks import task
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.models import DBTaskResult

from socle.operations import wakeups


@task()
def nothing() -> None:
    """Asked for, never run."""


# --- SQLite -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another process, on a file that the workers watch."""
    where = tmp_path / "socle.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(where))
    with contextlib.closing(sqlite3.connect(where)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute(f"CREATE TABLE {DBTaskResult._meta.db_table} (status TEXT)")
        opened.execute("CREATE TABLE other (word TEXT)")
        opened.commit()
        yield opened


@pytest.mark.parametrize(
    ("commits", "sleeps"),
    [
        (["INSERT INTO {tasks} VALUES ('READY')"], 1),
        (["INSERT INTO other VALUES ('written')", "INSERT INTO {tasks} VALUES ('READY')"], 2),
        (["INSERT INTO {tasks} VALUES ('RUNNING')"], None),
        ([], None),
    ],
    ids=["a task", "a task after another commit", "a task that is run", "nothing"],
)
def test_a_commit_that_leaves_a_task_ready_wakes_a_worker(
    writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, commits: list[str], sleeps: int | None
) -> None:
    now, waiting = 0.0, list(commits)

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        if waiting:
            writer.execute(waiting.pop(0).format(tasks=DBTaskResult._meta.db_table))
            writer.commit()

    monkeypatch.setattr(wakeups.time, "sleep", sleep)
    monkeypatch.setattr(wakeups.time, "monotonic", lambda: now)
    with wakeups._on_sqlite() as wait:
        assert wait(0.5) is (sleeps is not None)
        assert now == pytest.approx(sleeps * wakeups.LOOK if sleeps else 0.5, abs=wakeups.LOOK)
        # What was seen is seen: the worker runs it, and waits for the next.
        assert wait(0.5) is False


def test_what_came_while_the_worker_looked_at_its_queue_wakes_it(writer: sqlite3.Connection) -> None:
    with wakeups._on_sqlite() as wait:
        writer.execute(f"INSERT INTO {DBTaskResult._meta.db_table} VALUES ('READY')")
        writer.commit()
        assert wait(5) is True


# --- PostgreSQL -------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_task_notifies_as_it_is_committed_and_not_when_it_is_undone() -> None:
    def enqueue() -> None:
        DatabaseBackend("default", {}).enqueue(nothing, [], {})

    with wakeups.listening() as wait:
        assert wait(0) is False
        with transaction.atomic():
            enqueue()
            assert wait(0) is False
        assert wait(5) is True
        assert wait(0) is False
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            enqueue()
            raise ZeroDivisionError
        assert wait(0) is False
        # Said once in a transaction, and again once what had said it is undone.
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            with contextlib.suppress(ZeroDivisionError), transaction.atomic():
                enqueue()
                raise ZeroDivisionError
            enqueue()
            enqueue()
        assert wait(5) is True
        assert wait(0) is False
        assert sum("NOTIFY" in one["sql"] for one in asked.captured_queries) == 2
