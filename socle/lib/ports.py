"""Ports of this machine: which are taken, some that are free, and one that an installation chose once and keeps."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from pathlib import Path

# How many ports are tried, one after the other, before giving up.
TRIES = 200
# From 32768 on, the kernel lends ports to connections that go out: one seen free there may be lent the next instant.
# Just below are those that a person remembers by a base (Ports.shifted of the mail servers): never drawn.
FREE_AMONG = range(10_000, 22_000)


def is_taken(port: int, *, host: str = "127.0.0.1", packets: bool = False) -> bool:
    """Whether another program holds this port, for streams or, with `packets`, for datagrams."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if packets else socket.SOCK_STREAM) as probe:
        if not packets:
            # What a connection that has just ended leaves behind holds nothing.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return False
        except OSError:
            return True
    return False


def free_ports(count: int) -> list[int]:
    """Return so many different ports of 127.0.0.1 that nobody holds, for streams or for datagrams.

    They are drawn, so that two programs that ask at the same instant differ. Raises OSError when there are not so many.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(FREE_AMONG, len(FREE_AMONG)):
        if len(found) == count:
            break
        if not is_taken(port) and not is_taken(port, packets=True):
            found.append(port)
    if len(found) < count:
        raise OSError(f"{count} free ports are asked for, {len(found)} were found")
    return found


def free_port() -> int:
    """One of `free_ports`."""
    return free_ports(1)[0]


def kept(path: Path) -> int | None:
    """The port that this file keeps; None when there is none, or it is not one."""
    with contextlib.suppress(OSError, ValueError):
        port = int(path.read_text())
        return port if 0 < port < 65536 else None
    return None


def keep(path: Path, first: int) -> int:
    """The port that this file keeps; when it keeps none, the first one that is free from `first` on, now kept.

    Raises OSError when the file cannot be written, or when no port is free.
    """
    if (port := kept(path)) is not None:
        return port
    for port in range(first, min(first + TRIES, 65536)):
        if is_taken(port):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}-{os.getpid()}")
        draft.write_text(str(port))
        try:
            # Of two that choose at the same time, the first one wins, and the other one reads it.
            os.link(draft, path)
        except FileExistsError:
            if (other := kept(path)) is not None:
                return other
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return port
    raise OSError(f"no free port from {first} on")
