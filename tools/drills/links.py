"""A worker out of reach with work in its hands: its link cut and mended again, or its machine without power."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from tools.drills import sessions
from tools.installation import ROOT, wait_for

if TYPE_CHECKING:
    from tools.drills.nodes import Machines, Node

# Longer than whatever notices a cut link: afterwards, both sides know.
CUT = 60.0
# What half a minute of keepalives becomes when every process of nine machines shares two cores.
NOTICED_WITHIN = 45.0


def timed(condition: Any, *, seconds: float, what: str) -> float:
    begun = time.monotonic()
    wait_for(condition, seconds=seconds, what=what, every=0.1)
    return round(time.monotonic() - begun, 1)


def at_work(ours: Machines) -> tuple[Node, Node]:
    """The worker's machine that holds most, the scheduler at work being on it; and the other."""
    address = wait_for(ours.scheduler, seconds=60, what="a scheduler at work")
    worker = next(node for node in ours.nodes.values() if node.address == address)
    return worker, ours.nodes["work2" if worker.name == "work1" else "work1"]


def in_the_hands_of(ours: Machines, worker: Node) -> list[str]:
    """The tasks begun by the worker of this machine, and not ended."""
    rows = ours.sql(
        "SELECT id::text FROM django_tasks_database_dbtaskresult WHERE status = 'RUNNING'"
        f" AND worker_ids->>-1 LIKE '{worker.space}.%'"
    )
    return [row[0] for row in rows]


def state(ours: Machines) -> dict[str, Any]:
    found: dict[str, Any] = ours.ask("tools.drills.chores.state")
    return found


def done_by(ours: Machines, worker: Node) -> int:
    """How many tasks this machine has ended."""
    rows = ours.sql(
        "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = 'SUCCESSFUL'"
        f" AND worker_ids->>-1 LIKE '{worker.space}.%' AND task_path = 'tools.drills.chores.file_away'"
    )
    return int(rows[0][0])


def give_work(ours: Machines, worker: Node, tasks: int, first: int) -> None:
    """Enqueue so many tasks, and return once this worker does some and has one in hand: else nothing is tried."""
    done = done_by(ours, worker)
    ours.ask("tools.drills.chores.enqueue", tasks, first)
    wait_for(lambda: done_by(ours, worker) > done + 2, seconds=120, what="work")
    wait_for(lambda: in_the_hands_of(ours, worker), seconds=60, what="a task in hand", every=0.02)


def wait_done(ours: Machines, tasks: int) -> None:
    wait_for(lambda: state(ours)["status"].get("SUCCESSFUL") == tasks, seconds=240, what=f"{tasks} tasks done", every=1)


def cut(ours: Machines, *, tasks: int, wrong: list[str]) -> dict[str, Any]:
    """Cut the link of a worker that lives on: what the database lets go of and when; then its return."""
    worker, other = at_work(ours)
    seen: dict[str, Any] = {}
    open_sessions = (
        f"SELECT application_name FROM pg_stat_activity WHERE application_name LIKE '{sessions.PREFIX}%'"
        f" AND client_addr = '{worker.address}'"
    )
    holder = subprocess.Popen(
        [*worker.inside, sys.executable, "-m", "tools.drills.sessions"], env=ours.environment, cwd=ROOT
    )
    try:
        wait_for(lambda: len(ours.sql(open_sessions)) == len(sessions.KINDS), seconds=60, what="sessions")
        before = set(worker.processes("socle worker"))
        give_work(ours, worker, tasks, 0)
        worker.cut()
        begun = time.monotonic()
        held = in_the_hands_of(ours, worker)
        left = {str(row[0]) for row in ours.sql(open_sessions)}
        kept = {**dict.fromkeys(left), "given back": None, "scheduler taken over": None}
        while time.monotonic() - begun < CUT:
            still = {str(row[0]) for row in ours.sql(open_sessions)}
            gone = left - still
            left = still
            if kept["given back"] is None and not in_the_hands_of(ours, worker):
                gone = {*gone, "given back"}
            if kept["scheduler taken over"] is None and ours.scheduler() == other.address:
                gone = {*gone, "scheduler taken over"}
            kept |= dict.fromkeys(gone, round(time.monotonic() - begun, 1))
            time.sleep(0.3)
        # Work for both, however quick the other was.
        ours.ask("tools.drills.chores.enqueue", tasks // 2, tasks)
        taken_over = state(ours)["taken_over"]
        done = done_by(ours, worker)
        worker.mend()
        seen["tasks in hand when the link was cut"] = len(held)
        seen["after the cut, s"] = {name.removeprefix(sessions.PREFIX): after for name, after in kept.items()}
        for name, after in kept.items():
            if after is None or after > NOTICED_WITHIN:
                wrong.append(f"link cut, {name}: {'not' if after is None else f'{after} s'} within {NOTICED_WITHIN} s")
        if not held or taken_over < len(held):
            wrong.append("no task of the worker whose link was cut was taken over")
        # The same process, under another name: it works again.
        seen["the worker at work again after, s"] = timed(
            lambda: done_by(ours, worker) > done, seconds=60, what="the worker at work again"
        )
        if not before & set(worker.processes("socle worker")):
            wrong.append("the worker did not outlive its link")
        wait_done(ours, tasks + tasks // 2)
    finally:
        for pid in worker.processes("tools.drills.sessions"):
            os.kill(pid, signal.SIGKILL)
        holder.kill()
        holder.wait()
    return seen


def without_power(ours: Machines, *, tasks: int, first: int, wrong: list[str]) -> dict[str, Any]:
    """Kill at once all that a worker's machine runs, a task in its hands."""
    worker, other = at_work(ours)
    seen: dict[str, Any] = {}
    taken_over = state(ours)["taken_over"]
    give_work(ours, worker, tasks, first)
    worker.kill("systemctl.py")
    seen["worker processes killed"] = worker.kill()
    seen["tasks in its hands"] = len(in_the_hands_of(ours, worker))
    seen["given back after, s"] = timed(lambda: not in_the_hands_of(ours, worker), seconds=90, what="tasks given back")
    seen["scheduler taken over after, s"] = timed(
        lambda: ours.scheduler() == other.address, seconds=60, what="scheduler"
    )
    wait_done(ours, first + tasks)
    if not seen["tasks in its hands"] or state(ours)["taken_over"] <= taken_over:
        wrong.append("no task of the worker without power was taken over")
    return seen
