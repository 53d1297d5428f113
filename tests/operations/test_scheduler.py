"""What happens by itself, and what is taken back from the dead."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError, connection
from django.utils.module_loading import import_string
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.lib import locks
from socle.lib.declared import Tick, gathered
from socle.operations import processes, reaper, scheduler

calls: list[str] = []
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def a_tick() -> None:
    calls.append("a")


def a_broken_tick() -> None:
    raise RuntimeError("out of order")


@task()
def a_task() -> None:
    calls.append("task")


@pytest.fixture
def queue(settings: Any) -> None:
    """The real queue, in the database."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was called yet, and a tick does not close the connection that the test holds in a transaction."""
    calls.clear()
    monkeypatch.setattr(scheduler, "close_old_connections", lambda: None)


@pytest.mark.parametrize("tick", gathered(settings.SOCLE_TICKS), ids=lambda tick: tick.what)
def test_every_tick_names_something_that_exists(tick: Tick) -> None:
    assert callable(import_string(tick.what)) or hasattr(import_string(tick.what), "enqueue")
    assert tick.every > 0


@pytest.mark.django_db
@pytest.mark.parametrize("tick", gathered(settings.SOCLE_TICKS), ids=lambda tick: tick.what)
def test_every_tick_runs_on_an_empty_database(tick: Tick, caplog: pytest.LogCaptureFixture, queue: None) -> None:
    scheduler.run_tick(tick)
    assert "tick failed" not in caplog.text


@pytest.mark.django_db
def test_a_tick_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    turns = iter([False] * 8 + [True] * 8)
    ticks = [Tick(1, f"{__name__}.a_broken_tick"), Tick(1, f"{__name__}.a_tick")]
    scheduler.run(lambda: next(turns), ticks=ticks, sleep=lambda seconds: None)
    assert "a" in calls
    assert "tick failed" in caplog.text


@pytest.mark.django_db
def test_each_tick_keeps_its_pace_and_never_catches_up() -> None:
    seconds = 0.0

    def sleep(duration: float) -> None:
        nonlocal seconds
        # The machine sleeps a whole hour in the middle.
        seconds += 3600 if 30 <= seconds < 31 else max(duration, 0.5)

    scheduler.run(
        lambda: seconds > 3700,
        ticks=[Tick(10, f"{__name__}.a_tick")],
        clock=lambda: seconds,
        sleep=sleep,
    )
    assert 10 <= len(calls) <= 13


@pytest.mark.django_db
def test_a_task_is_enqueued_once_while_one_is_waiting(queue: None) -> None:
    tick = Tick(1, f"{__name__}.a_task")
    scheduler.run_tick(tick)
    scheduler.run_tick(tick)
    assert DBTaskResult.objects.count() == 1
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL)
    scheduler.run_tick(tick)
    assert DBTaskResult.objects.count() == 2


# --- The reaper ------------------------------------------------------------------------------------------------------
def running(worker_ids: list[str], started_at: datetime | None = NOW) -> DBTaskResult[Any, Any]:
    return DBTaskResult.objects.create(
        status=TaskResultStatus.RUNNING,
        started_at=started_at,
        worker_ids=worker_ids,
        args_kwargs={"args": [], "kwargs": {}},
        task_path=f"{__name__}.a_task",
        backend_name="default",
        run_after=NOW,
        exception_class_path="",
        traceback="",
    )


@pytest.mark.django_db
def test_the_task_of_a_killed_worker_goes_back_to_the_queue() -> None:
    row = running([processes.new_worker_id()])
    assert reaper.reap() == 1
    row.refresh_from_db()
    assert row.status == TaskResultStatus.READY
    assert row.started_at is None
    assert reaper.reap() == 0


@pytest.mark.django_db
def test_the_task_of_a_living_worker_is_left_alone_however_long_it_takes() -> None:
    worker = processes.new_worker_id()
    row = running([worker], NOW - timedelta(days=2))
    with processes.living(worker):
        assert reaper.reap() == 0
    row.refresh_from_db()
    assert row.status == TaskResultStatus.RUNNING
    assert reaper.reap() == 1


@pytest.mark.django_db
def test_the_task_of_a_dead_worker_is_given_back_at_once_whichever_machine_it_was_on(
    monkeypatch: pytest.MonkeyPatch, queue: None
) -> None:
    monkeypatch.setattr(processes.socket, "gethostname", lambda: "another-machine")
    worker = processes.new_worker_id()
    row = running([worker], NOW)
    with processes.living(worker) as believed:
        assert believed()
        monkeypatch.undo()
        with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
            assert reaper.reap() == 0
        if locks.are_shared():
            # Its link is cut: the database lets go of its lock, and the worker is the first to know.
            with connection.cursor() as cursor:
                # Of this database only: its cluster serves other tests beside, which hold locks of theirs.
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> %s"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                    [connection.connection.info.backend_pid],
                )
            deadline = time.monotonic() + 60
            while believed() or processes.is_alive(worker):
                assert time.monotonic() < deadline
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        assert reaper.reap() == (1 if locks.are_shared() else 0)
    # On SQLite there is no other machine: nothing is known of it, and it is given time.
    row.refresh_from_db()
    assert row.status == (TaskResultStatus.READY if locks.are_shared() else TaskResultStatus.RUNNING)


@pytest.mark.django_db
def test_one_scheduler_is_at_work_and_another_takes_over() -> None:
    turns, worked = [], []

    def work(until: Any) -> None:
        worked.append(len(turns))
        with locks.held_apart(processes.AT_WORK) as other:
            assert not other.is_mine
        turns.append("work")

    with contextlib.ExitStack() as first:
        assert first.enter_context(locks.held_apart(processes.AT_WORK)).is_mine

        def sleep(seconds: float) -> None:
            assert worked == []
            turns.append("wait")
            if len(turns) == 3:
                first.close()

        scheduler.run_alone(lambda: "work" in turns, sleep=sleep, work=work)
    assert turns == ["wait"] * 3 + ["work"]


@pytest.mark.django_db
def test_a_scheduler_that_lost_its_lock_or_its_database_stands_by(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    @contextlib.contextmanager
    def lock(name: str) -> Any:
        if not happened:
            happened.append("down")
            raise OperationalError("down")
        yield locks.Apart(None, is_mine="lost" not in happened)

    def work(until: Any) -> None:
        assert not until()
        monkeypatch.setattr(locks.Apart, "still_holds", lambda self: False)
        assert until()
        happened.append("lost")

    monkeypatch.setattr(scheduler.locks, "held_apart", lock)
    monkeypatch.setattr(scheduler.connections, "close_all", lambda: None)
    scheduler.run_alone(lambda: len(happened) == 3, sleep=lambda s: happened.append("slept"), work=work)
    assert happened == ["down", "slept", "lost"]


@pytest.mark.django_db
def test_a_task_that_kills_its_worker_each_time_is_set_aside(queue: None) -> None:
    row = running([processes.new_worker_id() for _ in range(reaper.MAX_STARTS)])
    assert reaper.reap() == 1
    row.refresh_from_db()
    assert row.status == TaskResultStatus.FAILED
    assert "WorkerDied" in str(row.task_result.errors[0].exception_class)


@pytest.mark.django_db
@pytest.mark.parametrize("worker_ids", [["another-machine.0123456789ab"], ["Wx7GhT0000000000"], []])
def test_the_task_of_a_worker_of_another_machine_is_given_time(worker_ids: list[str]) -> None:
    running(worker_ids, NOW)
    with time_machine.travel(NOW + reaper.PATIENCE, tick=False):
        assert reaper.reap() == 0
    with time_machine.travel(NOW + reaper.PATIENCE + timedelta(seconds=1), tick=False):
        assert reaper.reap() == 1


@pytest.mark.django_db
def test_a_task_that_ended_meanwhile_is_not_run_again() -> None:
    row = running([processes.new_worker_id()])
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL)
    assert not reaper._take_back(row)
    row.refresh_from_db()
    assert row.status == TaskResultStatus.SUCCESSFUL


@pytest.mark.django_db
def test_the_locks_of_dead_workers_are_swept_away() -> None:
    dead, alive = processes.new_worker_id(), processes.new_worker_id()
    (processes.locks_dir() / processes.lock_of(dead)).touch()
    with processes.living(alive):
        processes.sweep()
        assert processes.is_alive(alive)
        assert [path.name for path in processes.locks_dir().glob("worker-*")] == [processes.lock_of(alive)]
