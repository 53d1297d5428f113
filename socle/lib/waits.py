"""Waiting aside: a request that waits for another process lets the next one be answered (`serving/turns.py`)."""

from __future__ import annotations

import threading
from collections.abc import Callable

_here = threading.local()


def giving_up(how: Callable[[], None] | None) -> None:
    """Say how this thread gives up its turn, or that it has none any more."""
    _here.how = how


def wait_aside() -> None:
    """Give up the turn of this thread, if it has one: what it waits for is not worth that others wait too."""
    how: Callable[[], None] | None = getattr(_here, "how", None)
    if how is not None:
        how()
