"""Programs that we start: none outlives whoever started it; and readers of our own, held within bounds.

A reader takes bytes from anywhere on its input, and has so much memory, so many seconds and no network: no bound on a
file tells how long reading it runs. What kills it is a refusal, and nothing of it reaches the logs.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from socle.lib.refusals import Refused
from socle.lib.waits import wait_aside

PR_SET_PDEATHSIG = 1
# In one process, how many readers at once, and how many seconds a file waits for its turn.
MOST_AT_ONCE, MOST_SECONDS_BEFORE = 2, 20
# So much weaker than whoever answers people: a hostile file slows nobody else.
NICE = 5
BUSY = "La plateforme lit déjà plusieurs fichiers\u00a0: réessayez dans une minute."
# A pair of sockets of the machine itself (Linux).
_AF_UNIX = 1
_turns = threading.BoundedSemaphore(MOST_AT_ONCE)


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent of this process ends: no child is ever left behind (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def read_apart(module: str, content: bytes, *, seconds: int, most_waited: int) -> list[Any]:
    """Have a module of ours read these bytes in a process of its own; return its whole lines of JSON, in order.

    The module begins by `be_bounded`. Waiting for a processor is not working: `most_waited`, on the wall, is only there
    for what sleeps. None of what a reader was writing when it was stopped is returned: it is no whole line.
    """
    try:
        with _in_turn():
            said = subprocess.run(  # noqa: S603 (our own module; the file is on its input)
                _command(module, seconds),
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=most_waited,
                preexec_fn=die_with_parent,
                check=False,
            ).stdout
    except subprocess.TimeoutExpired:
        return []
    return [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


def talk_apart(
    module: str, content: bytes, *, seconds: int, most_waited: int, answer: Callable[[Any], Any]
) -> list[Any]:
    """The same, of a reader that asks: each line `{"asks": …}` is answered by one line of JSON, and is not returned.

    The reader is given the length of the content on a first line, then the content.
    """
    lines: list[Any] = []
    with (
        _in_turn(),
        subprocess.Popen(  # noqa: S603 (our own module; the file is on its input)
            _command(module, seconds),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        ) as reader,
    ):
        assert reader.stdin is not None
        assert reader.stdout is not None
        clock = threading.Timer(most_waited, reader.kill)
        clock.start()
        try:
            _give(reader, str(len(content)).encode() + b"\n" + content)
            for line in reader.stdout:
                if not line.endswith(b"\n"):
                    break
                said = json.loads(line)
                if isinstance(said, dict) and "asks" in said:
                    _give(reader, json.dumps(answer(said["asks"])).encode() + b"\n")
                else:
                    lines.append(said)
        finally:
            clock.cancel()
            reader.kill()
            with contextlib.suppress(OSError):
                reader.stdin.close()
    return lines


def _command(module: str, seconds: int) -> list[str]:
    return [sys.executable, "-I", "-m", module, str(seconds)]


def _give(reader: subprocess.Popen[bytes], content: bytes) -> None:
    """Write to a reader; one that ended before has said, or not said, what it had to."""
    assert reader.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        reader.stdin.write(content)
        reader.stdin.flush()


@contextlib.contextmanager
def _in_turn() -> Iterator[None]:
    """Wait for one of the few readers of this process, and let other requests be answered meanwhile."""
    wait_aside()
    if not _turns.acquire(timeout=MOST_SECONDS_BEFORE):
        raise Refused(BUSY)
    try:
        yield
    finally:
        _turns.release()


def be_bounded(*, memory: int) -> None:
    """Bound the process that calls it: its memory, the seconds of its first argument, no other program, no network."""
    import resource

    seconds = int(sys.argv[1])
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_without_network)


def say(something: Any) -> None:
    """Write one line of what was read, for `read_apart`."""
    sys.stdout.write(json.dumps(something) + "\n")
    sys.stdout.flush()


def _without_network(event: str, arguments: tuple[Any, ...]) -> None:
    # What asyncio wakes itself by: nobody is reached through it, since connecting stays refused.
    if event == "socket.__new__" and arguments[1] == _AF_UNIX:
        return
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system")):
        raise PermissionError(event)
