"""Communes equipped by a batch, as an operator does, then their people, events and files; how many a minute."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tools.drills.batches import progress, start_batch
from tools.installation import Installation, wait_for

FURNISHING = "tools.bench.continuity.furnishing"
PARTS = 2
WAITING = (
    "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status IN ('READY', 'RUNNING') AND task_path LIKE ?"
)


def going(what: str) -> None:
    """Say on the error output where the measure is: it lasts."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def timed(what: str, act: Callable[[], Any]) -> tuple[float, Any]:
    """Say what begins, do it; the seconds it took, and what it gave."""
    going(what)
    begun = time.monotonic()
    answer = act()
    return time.monotonic() - begun, answer


def equip(ours: Installation, count: int) -> float:
    """Agreement, three signatures, rights, engines: the batch of the console, the workers at work; the seconds."""
    begun = time.monotonic()
    batch = start_batch(ours, count)
    told = 0

    def over() -> dict[str, Any] | None:
        nonlocal told
        now = progress(ours, batch)
        if now and now["done"] // 100 > told:
            told = now["done"] // 100
            going(f"{now['done']} communes equipped")
        return now if now and now["status"] != "running" else None

    ended = wait_for(over, seconds=120 + 20 * count, what="the end of the batch", every=1)
    # The demonstration has equipped some already, which a batch refuses to do again.
    assert ended["done"] + ended.get("refused", 0) == count, ended
    return time.monotonic() - begun


def wait_until_known(ours: Installation) -> float:
    """Wait until the mail servers were told everything that the queue had to tell them; the seconds it took."""
    begun = time.monotonic()
    wait_for(
        lambda: not ours.ask(WAITING, "socle.engines.postfix_dovecot.tasks.follow%")[0][0],
        seconds=7200,
        what="the end of what the queue tells the mail servers",
        every=0.5,
    )
    return time.monotonic() - begun


def in_parts(ours: Installation, function: str, chosen: Sequence[dict[str, Any]], *arguments: Any) -> list[Any]:
    """Call a function of the furnishing in as many processes as there are cores, each for its share of the places."""
    size, named = -(-len(chosen) // PARTS), only_named(chosen)
    parts = [named[at : at + size] for at in range(0, len(named), size)]
    with ThreadPoolExecutor() as pool:
        return list(
            pool.map(lambda part: ours.inside(f"{FURNISHING}:{function}", part, *arguments, seconds=14_400), parts)
        )


def only_named(chosen: Sequence[dict[str, Any]]) -> list[dict[str, int]]:
    """Their identifiers alone: what is told to another process goes by its command line, which is short."""
    return [{name: place[name] for name in ("pk", "secretary", "mayor")} for place in chosen]
