"""Tasks alike that wait are done together by the first one taken, each once; none is lost."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from socle.lib import queue

done: list[str] = []
FAILS, MOVES = "faulty", "moving"


@task()
@queue.together
def follow(thing_id: str) -> None:
    if thing_id == FAILS:
        raise ValueError("not this one")
    done.append(thing_id)
    if thing_id == MOVES and done.count(MOVES) == 1:
        wait(MOVES)


@pytest.fixture(autouse=True)
def nothing_done(db):
    done.clear()


def wait(*things: str, path: str = follow.module_path, status: str = TaskResultStatus.READY, priority: int = 0) -> None:
    for thing in things:
        DBTaskResult.objects.create(
            task_path=path,
            args_kwargs={"args": [thing], "kwargs": {}},
            status=status,
            priority=priority,
            run_after=get_date_max(),
            backend_name="default",
            enqueued_at=timezone.now(),
        )


def waiting() -> list[str]:
    rows = DBTaskResult.objects.filter(status=TaskResultStatus.READY).order_by("enqueued_at")
    return [row.args_kwargs["args"][0] for row in rows]


def test_those_alike_that_wait_are_done_each_once_in_their_order_and_leave_the_queue():
    wait("b", "a", "b", "c")
    wait("other", path="socle.sites.tasks.publish")
    wait("d", status=TaskResultStatus.RUNNING)
    follow.call("a")
    assert done == ["a", "b", "c"]
    assert waiting() == ["other"]


def test_what_fails_keeps_its_turn_and_stops_nobody():
    wait(FAILS, "b")
    follow.call("a")
    assert done == ["a", "b"]
    assert waiting() == [FAILS]
    with pytest.raises(ValueError, match="not this one"):
        follow.call(FAILS)
    wait("c")
    with pytest.raises(ValueError, match="not this one"):
        follow.call(FAILS)
    assert waiting() == [FAILS, "c"]


@pytest.mark.parametrize("first", [MOVES, "a"])
def test_what_is_said_of_a_thing_while_it_is_done_is_news(first):
    wait(MOVES, "b")
    follow.call(first)
    assert done == [*dict.fromkeys([first, MOVES, "b"])]
    assert waiting() == [MOVES]


@pytest.mark.parametrize(("priority", "left"), [(0, []), (1, ["b", "c"])])
def test_what_is_more_urgent_goes_first(priority, left):
    wait("b", "c")
    wait("x", path="socle.sites.tasks.publish", priority=priority)
    follow.call("a")
    assert [one for one in waiting() if one != "x"] == left


def test_it_does_not_last(monkeypatch):
    wait("b", "c")
    monkeypatch.setattr(queue, "TOGETHER", -1.0)
    follow.call("a")
    assert (done, waiting()) == (["a"], ["b", "c"])


def test_what_is_done_at_once_for_all_leaves_the_queue_when_it_ends_well():
    wait("b", "c")
    with pytest.raises(KeyError), queue.with_those_waiting(follow.module_path) as things:  # noqa: PT012
        assert things == {"b", "c"}
        raise KeyError
    assert waiting() == ["b", "c"]
    with queue.with_those_waiting(follow.module_path):
        # What came meanwhile was not seen.
        wait("d")
    assert waiting() == ["d"]


def test_a_task_waits_with_what_is_written_and_goes_with_it(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    with transaction.atomic():
        queue.enqueue_at_commit(follow, "a")
        assert waiting() == ["a"]  # Before the commit: nothing can come between the two.
    with transaction.atomic():
        queue.enqueue_at_commit(follow, "b")
        transaction.set_rollback(True)
    assert waiting() == ["a"]


def test_another_queue_is_told_once_the_transaction_is_committed(settings, django_capture_on_commit_callbacks):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        queue.enqueue_at_commit(follow, "a")
        assert done == []
    assert done == ["a"]
