"""A batch of communes equipped while something breaks, again and again."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from tools.installation import Installation, Running, wait_for

# How long a batch may take at most, in seconds: seven times what it takes undisturbed on a small machine.
PATIENCE_PER_LINE = 15.0


def start_batch(ours: Installation, count: int) -> int:
    """Ask for so many communes to be equipped; return the batch’s number.

    Those that nobody began: the demonstration has equipped some already, which would be refused.
    """
    said = ours.socle("batch", "start", "equip", "--filter", "etape=eligible", "--limit", str(count), "--json")
    return int(json.loads(said.splitlines()[-1])["batch"])


def progress(ours: Installation, batch: int) -> dict[str, Any] | None:
    """Where the batch is, or None when the database does not answer for now."""
    try:
        [(status, hindrance)] = ours.ask("SELECT status, hindrance FROM batches_batch WHERE id = ?", batch)
        lines = ours.ask("SELECT state, count(*) FROM batches_batchline WHERE batch_id = ? GROUP BY state", batch)
    except (psycopg.Error, sqlite3.Error):
        return None
    return {"status": status, "hindrance": hindrance, "done": 0, **dict(lines)}


def wait_until_over(ours: Installation, batch: int, count: int) -> dict[str, Any]:
    """Wait for the end of the batch, and return how it ended."""

    def over() -> dict[str, Any] | None:
        now = progress(ours, batch)
        return now if now and now["status"] != "running" else None

    ended: dict[str, Any] = wait_for(
        over, seconds=60 + PATIENCE_PER_LINE * count, what=f"the end of batch {batch}", every=1
    )
    return ended


def killed_workers(ours: Installation, *, count: int, kills: int, workers: int = 1, seed: int = 0) -> dict[str, Any]:
    """Kill a worker so many times, at random moments of the batch, each replaced at once as a supervisor would."""
    chance = random.Random(seed)
    hands: list[Running] = [ours.start("worker") for _ in range(workers)]
    ours.start("scheduler")
    batch = start_batch(ours, count)
    wait_for(lambda: (progress(ours, batch) or {}).get("done"), seconds=120, what="a first commune equipped", every=0.5)
    killed = 0
    while killed < kills:
        # A worker needs a few seconds to read the code: killed sooner, it would have had nothing in hand.
        time.sleep(chance.uniform(2.5, 5.0))
        now = progress(ours, batch)
        if now and now["status"] != "running":
            break
        victim = chance.randrange(len(hands))
        hands[victim].kill()
        killed += 1
        hands[victim] = ours.start("worker")
    ended = wait_until_over(ours, batch, count)
    return {"killed": killed, **ended, **ours.inside("tools.drills.inspection:inspect", batch)}


def restarted_database(ours: Installation, *, count: int, restarts: int, seed: int = 0) -> dict[str, Any]:
    """Cut the database’s power so many times during the batch; nothing else is restarted."""
    assert ours.cluster is not None
    chance = random.Random(seed)
    worker, scheduler = ours.start("worker"), ours.start("scheduler")
    batch = start_batch(ours, count)
    wait_for(lambda: (progress(ours, batch) or {}).get("done"), seconds=120, what="a first commune equipped", every=0.5)
    done = 0
    while done < restarts:
        time.sleep(chance.uniform(2.0, 5.0))
        now = progress(ours, batch)
        if now and now["status"] != "running":
            break
        ours.cluster.stop("immediate")
        time.sleep(chance.uniform(0.5, 2.0))
        ours.cluster.start()
        done += 1
    ended = wait_until_over(ours, batch, count)
    survived = worker.lives and scheduler.lives
    answer = {"restarted": done, **ended, **ours.inside("tools.drills.inspection:inspect", batch)}
    if not survived:
        answer["wrong"].append("a process did not outlive the database")
    return answer


def full_disk(ours: Installation, *, count: int, fill: Callable[[], Path]) -> dict[str, Any]:
    """Fill the disk of the data in the middle of the batch, wait until it says so, make room, and let it go on."""
    worker, scheduler = ours.start("worker"), ours.start("scheduler")
    batch = start_batch(ours, count)
    wait_for(lambda: (progress(ours, batch) or {}).get("done"), seconds=120, what="a first commune equipped", every=0.5)
    filling = fill()
    begun = time.monotonic()
    stood: dict[str, Any] = {}
    said = ""
    # Long enough for several tries; on SQLite the batch itself cannot write why it stands.
    while time.monotonic() - begun < 25:
        now = progress(ours, batch)
        if now:
            stood, said = now, said or now["hindrance"]
        time.sleep(1)
    filling.unlink()
    # What a machine's supervisor would do: PostgreSQL stops when it cannot write its log.
    has_stopped = bool(ours.cluster and not ours.cluster.is_running())
    if ours.cluster and has_stopped:
        ours.cluster.start()
    ended = wait_until_over(ours, batch, count)
    answer = {
        "stood_at": stood.get("done"),
        "database_stopped": has_stopped,
        "said": said,
        **ended,
        **ours.inside("tools.drills.inspection:inspect", batch),
    }
    if not (worker.lives and scheduler.lives):
        answer["wrong"].append("a process did not outlive the full disk")
    if not stood and not has_stopped:
        answer["wrong"].append("nothing says that the disk was full: nothing was tried")
    if stood.get("done") == count:
        answer["wrong"].append("the batch was over before the disk was full: nothing was tried")
    return answer
