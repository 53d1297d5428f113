"""Programs that we start: none outlives whoever started it; and readers of our own, held within bounds.

A reader takes bytes from anywhere on its input, and has so much memory, so many seconds and no network: no bound on a
file tells how long reading it runs. What kills it is a refusal, and nothing of it reaches the logs.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import signal
import subprocess
import sys
from typing import Any

PR_SET_PDEATHSIG = 1


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
        said = subprocess.run(  # noqa: S603 (our own module; the file is on its input)
            [sys.executable, "-I", "-m", module, str(seconds)],
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


def be_bounded(*, memory: int) -> None:
    """Bound the process that calls it: its memory, the seconds of its first argument, no other program, no network."""
    import resource

    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_without_network)


def say(something: Any) -> None:
    """Write one line of what was read, for `read_apart`."""
    sys.stdout.write(json.dumps(something) + "\n")
    sys.stdout.flush()


def _without_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system")):
        raise PermissionError(event)
