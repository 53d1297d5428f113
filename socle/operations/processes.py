"""Processes of a platform: who lives, on this machine or another, and who must die with whom.

A lock of the kernel (`flock`) is let go when its holder dies, however it dies: a lock that can be taken belongs to
nobody alive. No heartbeat to write, no clock to compare. On PostgreSQL a worker holds a lock of the database as well,
which every machine sees: let go at once when it dies, after half a minute when its link is cut.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from socle.lib import locks

RUN_LOCK = "run.lock"
SCHEDULER_LOCK = "scheduler.lock"
# In the database: the scheduler at work, and every worker, on whichever machine.
AT_WORK, WORKERS = "scheduler-at-work", "workers"
# Begins the last part of the name of a worker whose lock is in the database.
SEEN_BY_ALL = "db-"


def locks_dir() -> Path:
    """The folder of the locks, made when missing."""
    path: Path = settings.DATA_DIR / "locks"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def held(name: str, *, shared: bool = False) -> Iterator[bool]:
    """Hold the lock `name` during the block; yield False, without waiting, when someone else holds it."""
    with locks.held_file(locks_dir() / name, shared=shared) as is_mine:
        yield is_mine


@contextlib.contextmanager
def port_of_run(port: int) -> Iterator[bool]:
    """Be the only `socle run` of this machine at this port during the block; yield False when another one is.

    Whatever their data directories: the name is one of the kernel's (an abstract socket), let go when its holder dies.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mine:
        try:
            mine.bind(f"\0socle-run-{port}")
        except OSError:
            is_mine = False
        else:
            is_mine = True
        yield is_mine


@dataclass(frozen=True)
class Failing:
    """A process that `socle run` cannot keep alive: what it is, how many times it ended in a row, with which code."""

    code: str
    name: str
    times: int
    exit_code: int

    @property
    def says(self) -> str:
        return (
            f"{self.name} s’arrête dès qu’il est lancé\u00a0: {self.times} fois de suite (code {self.exit_code})."
            " Le reste de la plateforme continue."
        )


def note_failing(one: Failing) -> None:
    """Tell the other processes of this machine that `socle run` cannot keep this one alive."""
    path = _failing_note(one.code)
    with contextlib.suppress(OSError):  # The disk is full: that is said elsewhere.
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(one)), encoding="utf-8")
        draft.replace(path)


def forget_failing(code: str) -> None:
    """It lives again, or nobody keeps it alive any more."""
    with contextlib.suppress(OSError):
        _failing_note(code).unlink(missing_ok=True)


def failing() -> list[Failing]:
    """Return what each living `socle run` of this data directory fails to keep alive."""
    found = []
    for path in sorted(locks_dir().glob("failing-*.json")):
        if not Path("/proc", path.stem.rpartition("-")[2]).exists():
            # Its `socle run` was killed: nothing of what it said is true any more.
            path.unlink(missing_ok=True)
            continue
        with contextlib.suppress(OSError, ValueError, TypeError):
            found.append(Failing(**json.loads(path.read_text(encoding="utf-8"))))
    return found


def _failing_note(code: str) -> Path:
    return locks_dir() / f"failing-{code}-{os.getpid()}.json"


def new_worker_id() -> str:
    """Name a worker: this machine, then chance. The name is that of its locks, and tells of which kind they are."""
    return f"{machine()}.{SEEN_BY_ALL if locks.are_shared() else ''}{secrets.token_hex(6)}"[:64]


def machine() -> str:
    """This machine's name, without what a file name could not bear."""
    return "".join(c if c.isalnum() or c == "-" else "-" for c in socket.gethostname())[:40]


def lock_of(worker_id: str) -> str:
    """The lock that this worker holds as long as it lives."""
    return f"worker-{worker_id}.lock"


@contextlib.contextmanager
def living(worker_id: str) -> Iterator[Callable[[], bool]]:
    """Be this worker during the block; yields what says whether the others still believe that it lives."""
    with held(lock_of(worker_id)):
        try:
            with (
                locks.held_apart(lock_of(worker_id), among=WORKERS)
                if _is_seen_by_all(worker_id)
                else _believed() as lock
            ):
                yield lock.still_holds
        finally:
            (locks_dir() / lock_of(worker_id)).unlink(missing_ok=True)


def sweep() -> None:
    """Remove the locks that dead workers of this machine left behind."""
    for worker_id in _names_here():
        if lives_here(worker_id) is False:
            (locks_dir() / lock_of(worker_id)).unlink(missing_ok=True)


def living_workers() -> list[str]:
    """The workers that may be at work on this data directory: those of another machine are given the benefit."""
    return [name for name in _names_here() if lives_here(name) is not False]


def is_alive(worker_id: str) -> bool | None:
    """Say whether this worker lives; None when nothing can be known of it from this machine."""
    if _is_seen_by_all(worker_id):
        return locks.is_held(lock_of(worker_id)) if locks.are_shared() else None
    return lives_here(worker_id)


def lives_here(worker_id: str) -> bool | None:
    """The same, from this machine's own locks alone; None when the worker belongs to another."""
    if worker_id.rpartition(".")[0] != machine():
        return None
    if not (settings.DATA_DIR / "locks" / lock_of(worker_id)).exists():
        return False
    with held(lock_of(worker_id)) as free:
        return not free


def a_worker_lives() -> bool:
    """Whether a worker lives on this machine, or on another one that the database sees."""
    return any(lives_here(name) is True for name in living_workers()) or (locks.are_shared() and locks.is_held(WORKERS))


def a_scheduler_lives() -> bool:
    """Whether a scheduler lives on this machine, or works on another one that the database sees."""
    with held(SCHEDULER_LOCK) as free:
        pass
    return not free or (locks.are_shared() and locks.is_held(AT_WORK))


def _names_here() -> list[str]:
    # Whoever only looks makes no folder.
    names = (settings.DATA_DIR / "locks").glob("worker-*.lock")
    return [path.name.removeprefix("worker-").removesuffix(".lock") for path in names]


def _is_seen_by_all(worker_id: str) -> bool:
    return worker_id.rpartition(".")[2].startswith(SEEN_BY_ALL)


@contextlib.contextmanager
def _believed() -> Iterator[locks.Apart]:
    """On one machine, the kernel's lock is enough."""
    yield locks.Apart(None, is_mine=True)
