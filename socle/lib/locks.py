"""Locks that their holder's death lets go, however it dies: no heartbeat to write, no clock to compare.

On PostgreSQL, the session's advisory locks, which every machine shares and which end with the connection. On SQLite,
whose machine is one, the kernel's (`flock`).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection


@contextlib.contextmanager
def held(name: str) -> Iterator[bool]:
    """Hold the lock `name` during the block; yield False, without waiting, when someone else holds it.

    On PostgreSQL the connection must keep its session from one transaction to the next (no pooling by transaction).
    """
    if connection.vendor == "postgresql":
        with _held_by_session(name) as is_mine:
            yield is_mine
    else:
        folder: Path = settings.DATA_DIR / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with held_file(folder / f"{name}.lock") as is_mine:
            yield is_mine


@contextlib.contextmanager
def held_file(path: Path, *, shared: bool = False) -> Iterator[bool]:
    """Hold the kernel's lock on this file during the block; yield False, without waiting, when someone else does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _held_by_session(name: str) -> Iterator[bool]:
    key = int.from_bytes(hashlib.sha256(f"socle:{name}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        # A connection that was lost took its locks away with it.
        if is_mine:
            with contextlib.suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
