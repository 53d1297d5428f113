"""What the processes of one machine know of each other: who lives, and who must die with whom.

A lock of the kernel (`flock`) is let go when its holder dies, however it dies: a lock that can be taken belongs to
nobody alive. No heartbeat to write, no clock to compare.
"""

from __future__ import annotations

import contextlib
import ctypes
import secrets
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from socle.lib import locks

PR_SET_PDEATHSIG = 1
RUN_LOCK = "run.lock"
SCHEDULER_LOCK = "scheduler.lock"


def locks_dir() -> Path:
    """The folder of the locks, made when missing."""
    path: Path = settings.DATA_DIR / "locks"
    path.mkdir(parents=True, exist_ok=True)
    return path


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent of this process ends: no child is ever left behind (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def held(name: str, *, shared: bool = False) -> Iterator[bool]:
    """Hold the lock `name` during the block; yield False, without waiting, when someone else holds it."""
    with locks.held_file(locks_dir() / name, shared=shared) as is_mine:
        yield is_mine


def new_worker_id() -> str:
    """Name a worker: this machine, then chance. The name is that of its lock."""
    return f"{machine()}.{secrets.token_hex(6)}"[:64]


def machine() -> str:
    """This machine's name, without what a file name could not bear."""
    return "".join(c if c.isalnum() or c == "-" else "-" for c in socket.gethostname())[:40]


def lock_of(worker_id: str) -> str:
    """The lock that this worker holds as long as it lives."""
    return f"worker-{worker_id}.lock"


def sweep() -> None:
    """Remove the locks that dead workers of this machine left behind."""
    for path in locks_dir().glob("worker-*.lock"):
        is_alive(path.name.removeprefix("worker-").removesuffix(".lock"))


def living_workers() -> list[str]:
    """The workers that may be at work on this data directory: those of another machine are given the benefit."""
    names = [path.name.removeprefix("worker-").removesuffix(".lock") for path in locks_dir().glob("worker-*.lock")]
    return [name for name in names if is_alive(name) is not False]


def is_alive(worker_id: str) -> bool | None:
    """Say whether this worker lives; None when it belongs to another machine, of which we know nothing."""
    if worker_id.rpartition(".")[0] != machine():
        return None
    path = locks_dir() / lock_of(worker_id)
    if not path.exists():
        return False
    with held(path.name) as free:
        if free:
            path.unlink(missing_ok=True)
        return not free
