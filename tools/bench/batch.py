"""Equipping communes in one batch: the worker, the scheduler and the web server run as on a server."""

from __future__ import annotations

import time
from typing import Any

from tools.drills.batches import progress, start_batch, wait_until_over
from tools.installation import Installation


def equip(ours: Installation, count: int, *, workers: int = 2) -> dict[str, Any]:
    """Equip so many communes; return the seconds it took, how many are done, and the peak memory of each process."""
    ours.start("web")
    for _ in range(workers):
        ours.start("worker")
    ours.start("scheduler")
    begun = time.monotonic()
    batch = start_batch(ours, count)
    wait_until_over(ours, batch, count)
    ended = progress(ours, batch)
    assert ended is not None
    return {"seconds": time.monotonic() - begun, "done": ended["done"], "peaks": ours.peaks()}
