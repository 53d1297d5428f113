"""Runs what the rooms do by themselves, each at its own pace: every room declares its ticks (`ticks.py`).

A tick never decides anything: it calls a function that re-derives what is due, so that a missed tick loses nothing and
two schedulers at once do no harm. One is at work at a time all the same (`run_alone`), the others stand by. A name that
points to a Django task is enqueued, unless one of it is already waiting; any other name is called here, without
argument.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.lib import locks
from socle.lib.declared import Tick, gathered
from socle.operations import processes

log = logging.getLogger("socle.scheduler")


# How often, in seconds, a scheduler that waits looks whether the one at work is gone.
STANDING_BY = 2.0


def run_tick(tick: Tick) -> None:
    """Do it once. A tick that fails is logged, and tried again at its next time: it never stops the others."""
    close_old_connections()
    try:
        target = import_string(tick.what)
        if isinstance(target, Task):
            waiting = DBTaskResult.objects.filter(
                task_path=target.module_path, status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING]
            )
            if not waiting.exists():
                target.enqueue()
        else:
            target()
    except Exception:
        log.exception("tick failed: %s", tick.what)


def run_alone(
    stopping: Callable[[], bool],
    *,
    sleep: Callable[[float], None] = time.sleep,
    work: Callable[[Callable[[], bool]], None] | None = None,
) -> None:
    """Run the ticks while no other scheduler does, on any machine; else wait, ready to take over."""
    while not stopping():
        try:
            with locks.held_apart(processes.AT_WORK) as lock:
                if lock.is_mine:
                    log.info("this scheduler is the one at work")
                    begin = work or (lambda until: run(until, sleep=sleep))
                    begin(lambda: stopping() or not lock.still_holds())
                    continue
        except (OperationalError, InterfaceError) as error:
            log.warning("the database does not answer (%s)", type(error).__name__)
            connections.close_all()
        sleep(STANDING_BY)


def run(
    stopping: Callable[[], bool],
    *,
    ticks: Sequence[Tick] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run the ticks until `stopping()`. Each runs once at the start, then at its own pace, never to catch up."""
    ticks = gathered(settings.SOCLE_TICKS) if ticks is None else ticks
    due = dict.fromkeys(ticks, clock())
    while not stopping():
        for tick in ticks:
            if due[tick] <= clock() and not stopping():
                run_tick(tick)
                due[tick] = clock() + tick.every
        sleep(max(0.0, min(1.0, min(due.values()) - clock())))
