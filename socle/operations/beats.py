"""Signs of life, kept in the shared cache, so that one machine knows of the worker and the scheduler of another.

The lock of a process (socle.operations.processes) says more of this machine, and nothing of the others.
"""

from __future__ import annotations

import time

from django.core.cache import cache
from django_tasks import task

KEPT = 7 * 86400


def beat(name: str) -> None:
    """Say « I live » under this name."""
    cache.set(f"beat:{name}", time.time(), timeout=KEPT)


def seconds_since(name: str) -> float | None:
    """How long ago this one lived; None when it has not been heard of for a week."""
    last = cache.get(f"beat:{name}")
    return None if last is None else max(0.0, time.time() - float(last))


def scheduler_lives() -> None:
    """Called by a tick: whoever runs it is a scheduler."""
    beat("scheduler")


@task()
def worker_lives() -> None:
    """Enqueued by a tick: whoever runs it is a worker, and the queue moves."""
    beat("worker")
