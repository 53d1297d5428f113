"""What several processes of one run of the tests share: the first that wants it starts it, and stops it after all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest


def folder_of(name: str, temporary: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same for all its processes."""
    here = temporary.getbasetemp()
    folder = (here.parent if "PYTEST_XDIST_WORKER" in os.environ else here) / name
    folder.mkdir(exist_ok=True)
    return folder


@contextlib.contextmanager
def started_once(folder: Path, start: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """What `start` yields, an address say, in whichever process it was; its end waits for that of the last user."""
    told, user = folder / "told", folder / f"user-{os.getpid()}"
    with contextlib.ExitStack() as running:
        with _alone(folder):
            is_ours = not told.exists()
            if is_ours:
                told.write_text(running.enter_context(start()))
            user.touch()
        try:
            yield told.read_text()
        finally:
            user.unlink()
            if is_ours:
                _wait_for_the_others(folder)


def _wait_for_the_others(folder: Path) -> None:
    while True:
        with _alone(folder):
            # One that was killed has left too.
            if not any(Path("/proc", one.name.removeprefix("user-")).exists() for one in folder.glob("user-*")):
                (folder / "told").unlink()
                return
        time.sleep(0.5)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
